import type { FastifyRequest } from 'fastify';

import { downloadUrl } from './download-url.ts';
import { invalidRequest } from './graph-error.ts';
import { type DriveFile, type DriveFolder, type DriveItem, foldName } from './item.ts';
import { graphOrigin } from './origins.ts';
import { pageSize, pick, queryOption, selectedItemProperties } from './query-options.ts';
import { itemResource, type Resource } from './resources.ts';
import type { World } from './world.ts';

/** One page of the items in a folder, by name. The next one begins after the last name, so writers shift no pages. */
export function childrenPage(world: World, folder: DriveFolder, request: FastifyRequest): Resource {
  const size = pageSize(request);
  const select = selectedItemProperties(request);
  const token = queryOption(request, 'skiptoken');
  // Each address is signed, which takes longer than all the rest of an item.
  const isAsked = select?.includes('@microsoft.graph.downloadUrl') ?? true;
  const addressOf = isAsked ? (file: DriveFile) => downloadUrl(world, file, request) : null;
  const children = world.drive.childrenOf(folder);
  const start = token === undefined ? 0 : firstAfter(children, decodeToken(token));
  const page = children.slice(start, start + size);
  const last = page.at(-1);
  const next = last !== undefined && start + size < children.length ? encodeToken(foldName(last.name)) : null;
  const address = `drives/${world.tenant.driveId}/items/${folder.id}/children`;
  return {
    '@odata.context': `${graphOrigin(request)}/v1.0/$metadata#${address}`,
    ...(next !== null && { '@odata.nextLink': nextLink(request, address, next) }),
    value: page.map((item) => pick(itemResource(world.tenant, item, addressOf), select)),
  };
}

function nextLink(request: FastifyRequest, address: string, token: string): string {
  const select = queryOption(request, 'select');
  const options = [
    `$top=${pageSize(request)}`,
    ...(select === undefined ? [] : [`$select=${encodeURIComponent(select)}`]),
    `$skiptoken=${token}`,
  ];
  return `${graphOrigin(request)}/v1.0/${address}?${options.join('&')}`;
}

/** Index of the first child whose folded name comes after `name`. */
function firstAfter(children: readonly DriveItem[], name: string): number {
  let low = 0;
  let high = children.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const child = children[middle];
    if (child !== undefined && foldName(child.name) <= name) low = middle + 1;
    else high = middle;
  }
  return low;
}

function encodeToken(name: string): string {
  return Buffer.from(`after:${name}`).toString('base64url');
}

function decodeToken(token: string): string {
  const text = Buffer.from(token, 'base64url').toString();
  if (!text.startsWith('after:')) throw invalidRequest('The provided skip token is malformed.');
  return text.slice('after:'.length);
}
