import type { FastifyRequest } from 'fastify';

import { downloadUrl } from './download-url.ts';
import { GraphError } from './graph-error.ts';
import { type DriveFolder, type DriveItem, isWithin } from './item.ts';
import { graphOrigin } from './origins.ts';
import { pageSize, pick, queryOption, selectedItemProperties } from './query-options.ts';
import { changedItemResource, type Resource } from './resources.ts';
import type { World } from './world.ts';

/** How far a client has read. A first enumeration leaves deleted items out. */
interface Position {
  readonly after: number;
  readonly first: boolean;
}

/** One page of what changed in and below a folder since `token`: that of an earlier link, `latest`, or null. */
export function deltaPage(
  world: World,
  folder: DriveFolder,
  request: FastifyRequest,
  token: string | null,
): Resource {
  const address = `/v1.0/drives/${world.tenant.driveId}/items/${folder.id}/delta`;
  const position = readToken(world, token, `${graphOrigin(request)}${address}`);
  const select = selectedItemProperties(request);
  const withUrl = select?.includes('@microsoft.graph.downloadUrl') ?? false;
  const { items, next } = changes(world, folder, position, pageSize(request));
  const link = nextLink(
    request,
    address,
    encodeToken(world, next ?? { after: world.drive.lastSequence, first: false }),
  );
  const url = withUrl ? (file: Parameters<typeof downloadUrl>[1]) => downloadUrl(world, file, request) : null;
  return {
    '@odata.context': `${graphOrigin(request)}/v1.0/$metadata#Collection(driveItem)`,
    [next === null ? '@odata.deltaLink' : '@odata.nextLink']: link,
    value: withParents(items, folder).map((item) =>
      pick(
        changedItemResource(world.tenant, item, {
          downloadUrl: url,
          isGone: item.deleted || !isWithin(item, folder),
        }),
        select,
      ),
    ),
  };
}

function changes(
  world: World,
  folder: DriveFolder,
  position: Position,
  size: number,
): { items: DriveItem[]; next: Position | null } {
  const items: DriveItem[] = [];
  for (const item of world.drive.changesAfter(position.after)) {
    const isThere = isWithin(item, folder);
    if (position.first ? !isThere || item.deleted : !isThere && !wasWithin(item, folder)) continue;
    if (items.length === size) return { items, next: { ...position, after: items.at(-1)?.sequence ?? 0 } };
    items.push(item);
  }
  return { items, next: null };
}

/** What was moved away from a folder is told as deleted. */
function wasWithin(item: DriveItem, folder: DriveFolder): boolean {
  return item.formerParents.some((parent) => isWithin(parent, folder));
}

/** SharePoint shows the folders above a changed item too, as far up as the one that was asked for. */
function withParents(items: readonly DriveItem[], folder: DriveFolder): DriveItem[] {
  const parents = new Set<DriveItem>();
  for (const item of items) {
    if (!isWithin(item, folder)) continue;
    for (let place = item; place !== folder && place.parent !== null; place = place.parent)
      parents.add(place.parent);
  }
  return [...[...parents].filter((parent) => !items.includes(parent)), ...items];
}

function nextLink(request: FastifyRequest, address: string, token: string): string {
  const kept = ['select', 'top'].flatMap((name) => {
    const value = queryOption(request, name);
    return value === undefined ? [] : [`$${name}=${encodeURIComponent(value)}`];
  });
  return `${graphOrigin(request)}${address}?${[...kept, `token=${token}`].join('&')}`;
}

function encodeToken(world: World, position: Position): string {
  return Buffer.from(JSON.stringify([world.drive.historyId, position.after, position.first])).toString(
    'base64url',
  );
}

function readToken(world: World, token: string | null, restart: string): Position {
  if (token === null) return { after: 0, first: true };
  if (token === 'latest') return { after: world.drive.lastSequence, first: false };
  const [historyId, after, first] = parseJson(Buffer.from(token, 'base64url').toString());
  if (historyId === world.drive.historyId && typeof after === 'number')
    return { after, first: first === true };
  throw new GraphError(
    410,
    'resyncRequired',
    "Resync required. Replace any local items with the server's version.",
    {
      location: restart,
    },
  );
}

function parseJson(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
