import type { FastifyReply, FastifyRequest } from 'fastify';

import { downloadUrl } from './download-url.ts';
import { GraphError, invalidRequest, itemNotFound } from './graph-error.ts';
import type { GraphPath } from './graph-path.ts';
import { type DriveItem, eTagOf } from './item.ts';
import { graphOrigin } from './origins.ts';
import { pick, selectedItemProperties } from './query-options.ts';
import { itemResource } from './resources.ts';
import type { World } from './world.ts';

/** One request to Graph, its address read. */
export interface Call {
  readonly world: World;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly path: GraphPath;
  /** Of the access token. */
  readonly roles: readonly string[];
}

export function findItem(call: Call): DriveItem {
  const { start, below } = addressed(call);
  const item = call.world.drive.itemBelow(start, below);
  if (item === null) throw itemNotFound();
  return item;
}

/** The item that the address begins at, and the names from there on; what they lead to need not be there. */
export function addressed({ world, path }: Call): { start: DriveItem; below: readonly string[] } {
  const id = path.item?.start ?? 'root';
  const start = id === 'root' ? world.drive.root : world.drive.itemById(id);
  if (start === null) throw itemNotFound();
  return { start, below: path.item?.below ?? [] };
}

export function showItem({ world, request, reply }: Call, item: DriveItem): object {
  if (request.method === 'GET' && request.headers['if-none-match'] === eTagOf(item))
    return reply.code(304).send();
  const select = selectedItemProperties(request);
  const resource = itemResource(world.tenant, item, (file) => downloadUrl(world, file, request));
  const context = `${graphOrigin(request)}/v1.0/$metadata#drives('${world.tenant.driveId}')/items/$entity`;
  return { '@odata.context': context, ...pick(resource, select) };
}

/** Of what is at the address now; null: nothing is. */
export function checkPreconditions(request: FastifyRequest, item: DriveItem | null): void {
  const { 'if-match': expected, 'if-none-match': unexpected } = request.headers;
  const is = item === null ? [] : ['*', eTagOf(item)];
  if (expected !== undefined && !is.includes(expected)) throw modified();
  if (unexpected !== undefined && is.includes(unexpected)) throw modified();
}

function modified(): GraphError {
  return new GraphError(412, 'resourceModified', "ETag does not match current item's value");
}

/** The JSON object in the request's body; without a body an empty one. */
export function readJson({ body }: FastifyRequest): Readonly<Record<string, unknown>> {
  const text = Buffer.isBuffer(body) ? body.toString() : '';
  if (text.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw invalidRequest('The request body is not a JSON object.');
}
