import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { addressedLibrary } from './addressed-library.ts';
import { childrenPage } from './children-page.ts';
import { deltaPage } from './delta-page.ts';
import { downloadUrl } from './download-url.ts';
import { GraphError, invalidRequest, itemNotFound } from './graph-error.ts';
import { type GraphPath, parseGraphPath } from './graph-path.ts';
import { type DriveFolder, type DriveItem, eTagOf, totalSize } from './item.ts';
import { graphOrigin } from './origins.ts';
import { pick, queryOption, selectedItemProperties, selectedProperties } from './query-options.ts';
import { driveResource, itemResource, siteResource } from './resources.ts';
import { checkAccessToken } from './sign-in-routes.ts';
import { uploadContent } from './upload.ts';
import type { World } from './world.ts';

interface Call {
  readonly world: World;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly path: GraphPath;
}

/** Microsoft Graph v1.0 as far as a client needs it to read a document library, and to fill one. */
export function addGraphRoutes(app: FastifyInstance, world: World): void {
  app.route({
    method: ['GET', 'PUT', 'POST', 'PATCH', 'DELETE'],
    url: '/v1.0/*',
    handler: (request, reply) => {
      checkAccessToken(world, request);
      reply.type(
        'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8',
      );
      return answer({ world, request, reply, path: readPath(request) });
    },
  });
}

function readPath(request: FastifyRequest): GraphPath {
  const encoded = (request.raw.url ?? '').replace(/\?.*$/s, '').slice('/v1.0'.length);
  const path = parseGraphPath(decode(encoded));
  if (path !== null) return path;
  const segment = encoded.split('/')[1] ?? '';
  throw new GraphError(400, 'BadRequest', `Resource not found for the segment '${segment}'.`);
}

function decode(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    throw invalidRequest('The request URL is malformed.');
  }
}

function answer(anywhere: Call): object {
  const { path } = anywhere;
  const call = { ...anywhere, world: addressedLibrary(anywhere.world, path) };
  if (path.drive === null) return answerSite(call);
  return path.item === null ? answerDrive(call) : answerItem(call);
}

function answerSite({ world, request, path }: Call): object {
  const select = selectedProperties(request);
  const metadata = `${graphOrigin(request)}/v1.0/$metadata`;
  switch (`${request.method} ${path.action}`) {
    case 'GET ':
      return { '@odata.context': `${metadata}#sites/$entity`, ...pick(siteResource(world.tenant), select) };
    case 'GET drives': {
      const here = world.libraries.filter(({ tenant }) => tenant.siteId === world.tenant.siteId);
      const drives = here.map(({ tenant, drive }) => driveResource(tenant, totalSize(drive.root)));
      return { '@odata.context': `${metadata}#drives`, value: drives.map((drive) => pick(drive, select)) };
    }
    default:
      throw notHere(request, path.action);
  }
}

function answerDrive({ world, request, path }: Call): object {
  if (`${request.method} ${path.action}` !== 'GET ') throw notHere(request, path.action);
  const drive = driveResource(world.tenant, totalSize(world.drive.root));
  const context = `${graphOrigin(request)}/v1.0/$metadata#drives/$entity`;
  return { '@odata.context': context, ...pick(drive, selectedProperties(request)) };
}

function answerItem(call: Call): object {
  const { request, world, reply, path } = call;
  if (request.method === 'PUT' && path.action === 'content') return upload(call);
  const item = findItem(call);
  switch (`${request.method} ${path.action}`) {
    case 'GET ':
      return showItem(call, item);
    case 'GET children':
      return item.kind === 'folder' ? childrenPage(world, item, request) : { value: [] };
    case 'GET content':
      if (item.kind === 'folder') throw invalidRequest('You cannot get content for a folder');
      return reply.redirect(downloadUrl(world, item, request), 302);
    case 'DELETE ':
      checkIfMatch(request, item);
      if (item === world.drive.root) throw new GraphError(403, 'accessDenied', 'The root cannot be deleted.');
      world.drive.remove(item);
      return reply.code(204).send();
    default:
      return deltaPage(world, folderOf(item), request, deltaToken(request, path.action));
  }
}

function findItem({ world, path }: Call): DriveItem {
  const start = startOf(world, path);
  const item = start === null ? null : world.drive.itemBelow(start, path.item?.below ?? []);
  if (item === null) throw itemNotFound();
  return item;
}

function startOf(world: World, path: GraphPath): DriveItem | null {
  const id = path.item?.start ?? 'root';
  return id === 'root' ? world.drive.root : world.drive.itemById(id);
}

function showItem({ world, request, reply }: Call, item: DriveItem): object {
  if (request.headers['if-none-match'] === eTagOf(item)) return reply.code(304).send();
  const select = selectedItemProperties(request);
  const resource = itemResource(world.tenant, item, (file) => downloadUrl(world, file, request));
  const context = `${graphOrigin(request)}/v1.0/$metadata#drives('${world.tenant.driveId}')/items/$entity`;
  return { '@odata.context': context, ...pick(resource, select) };
}

function upload(call: Call): object {
  const { world, request, reply, path } = call;
  const start = startOf(world, path);
  if (start === null) throw itemNotFound();
  const existing = world.drive.itemBelow(start, path.item?.below ?? []);
  if (existing !== null) checkIfMatch(request, existing);
  const { file, created } = uploadContent(world.drive, start, path.item?.below ?? [], request);
  reply.code(created ? 201 : 200);
  return showItem(call, file);
}

function checkIfMatch(request: FastifyRequest, item: DriveItem): void {
  const expected = request.headers['if-match'];
  if (expected === undefined || expected === '*' || expected === eTagOf(item)) return;
  throw new GraphError(412, 'resourceModified', "ETag does not match current item's value");
}

function folderOf(item: DriveItem): DriveFolder {
  if (item.kind === 'folder') return item;
  throw invalidRequest('view.delta can only be called on a folder.');
}

/** The token of `delta?token=...` or `delta(token='...')`; throws for an action that is no delta. */
function deltaToken(request: FastifyRequest, action: string): string | null {
  const call = /^(?:microsoft\.graph\.)?delta(?:\((?:token='(.*)')?\))?$/.exec(action);
  if (call === null || request.method !== 'GET') throw notHere(request, action);
  return call[1] ?? queryOption(request, 'token') ?? null;
}

function notHere(request: FastifyRequest, action: string): GraphError {
  if (['', 'children', 'content', 'delta', 'drives'].includes(action)) {
    const message = 'Specified HTTP method is not allowed for the request target.';
    return new GraphError(405, 'Request_BadRequest', `${message} (${request.method})`);
  }
  return new GraphError(400, 'BadRequest', `Resource not found for the segment '${action}'.`);
}
