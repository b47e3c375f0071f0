import type { FastifyRequest } from 'fastify';

import { downloadUrl } from './download-url.ts';
import { invalidRequest } from './graph-error.ts';
import { type DriveFile, type DriveFolder, type DriveItem, foldName } from './item.ts';
import { graphOrigin } from './origins.ts';
import {
  checkSupported,
  isDescending,
  pageSize,
  pick,
  queryOption,
  selectedItemProperties,
} from './query-options.ts';
import { itemResource, type Resource } from './resources.ts';
import { countBefore } from './sorted-names.ts';
import type { World } from './world.ts';

/** One page of the items in a folder, by name. The next one begins after the last name, so writers shift no pages. */
export function childrenPage(world: World, folder: DriveFolder, request: FastifyRequest): Resource {
  checkSupported(request);
  const select = selectedItemProperties(request);
  // Each address is signed, which takes longer than all the rest of an item.
  const isAsked = select?.includes('@microsoft.graph.downloadUrl') ?? true;
  const addressOf = isAsked ? (file: DriveFile) => downloadUrl(world, file, request) : null;
  const { items, isLast } = itemsOfPage(world, folder, request);
  const last = items.at(-1);
  const address = `drives/${world.tenant.driveId}/items/${folder.id}/children`;
  return {
    '@odata.context': `${graphOrigin(request)}/v1.0/$metadata#${address}`,
    ...(!isLast && last !== undefined && { '@odata.nextLink': nextLink(request, address, last) }),
    value: items.map((item) => pick(itemResource(world.tenant, item, addressOf), select)),
  };
}

function itemsOfPage(
  world: World,
  folder: DriveFolder,
  request: FastifyRequest,
): { items: DriveItem[]; isLast: boolean } {
  const names = world.drive.namesIn(folder);
  const size = pageSize(request);
  const token = queryOption(request, 'skiptoken');
  const former = token === undefined ? null : decodeToken(token);
  const descending = isDescending(request);
  const found = former === null ? 0 : countBefore(names, former);
  // Going down, the page ends before the former name; going up, it begins after it.
  const end = former === null || !descending ? names.length : found;
  const start = former !== null && !descending && names[found] === former ? found + 1 : found;
  const page = descending
    ? names.slice(Math.max(0, end - size), end).reverse()
    : names.slice(start, start + size);
  return {
    items: page.flatMap((name) => folder.children.get(name) ?? []),
    isLast: descending ? end <= size : start + size >= names.length,
  };
}

function nextLink(request: FastifyRequest, address: string, last: DriveItem): string {
  const kept = ['select', 'orderby'].flatMap((name) => {
    const value = queryOption(request, name);
    return value === undefined ? [] : [`$${name}=${encodeURIComponent(value)}`];
  });
  const options = [`$top=${pageSize(request)}`, ...kept, `$skiptoken=${encodeToken(foldName(last.name))}`];
  return `${graphOrigin(request)}/v1.0/${address}?${options.join('&')}`;
}

function encodeToken(name: string): string {
  return Buffer.from(`after:${name}`).toString('base64url');
}

function decodeToken(token: string): string {
  const text = Buffer.from(token, 'base64url').toString();
  if (!text.startsWith('after:')) throw invalidRequest('The provided skip token is malformed.');
  return text.slice('after:'.length);
}
