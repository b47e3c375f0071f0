import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';

import { readBody } from './control-body.ts';
import { downloadUrl } from './download-url.ts';
import { type Place, placeOf } from './file-place.ts';
import { GraphError, invalidRequest, itemNotFound, nameAlreadyExists } from './graph-error.ts';
import { type DriveFolder, type DriveItem, eTagOf, isBelow, pathOf, totalSize } from './item.ts';
import { checkNewName } from './name-rules.ts';
import type { World } from './world.ts';

const moveBody = z.strictObject({ path: z.string().min(1) });
const timeOption = z.iso.datetime({ offset: true });
const mostShown = 1000;

/** `/sim/files`: what people do with the files of any library, without Graph. */
export function addFileRoutes(app: FastifyInstance, world: World): void {
  app.get('/sim/files/*', (request) => {
    const place = placeOf(world, request);
    const item = found(place);
    if (item.kind === 'file') return shown(place.library, item, request);
    const names = place.library.drive.namesIn(item).slice(0, mostShown);
    const items = names.flatMap((name) => item.children.get(name) ?? []);
    return {
      ...shown(place.library, item, request),
      count: item.children.size,
      value: items.map((child) => shown(place.library, child, request)),
    };
  });
  app.put('/sim/files/*', (request, reply) => {
    const place = placeOf(world, request);
    const isNew = itemAt(place) === null;
    const item = isFolder(request) ? folderAt(place.library, place.names) : putFile(place, request);
    return reply.code(isNew ? 201 : 200).send(shown(place.library, item, request));
  });
  app.patch('/sim/files/*', (request) => {
    const place = placeOf(world, request);
    const item = found(place);
    move(place.library, item, segments(readBody(request, moveBody).path));
    return shown(place.library, item, request);
  });
  app.delete('/sim/files/*', (request, reply) => {
    const { library, names } = placeOf(world, request);
    if (names.length === 0) throw new GraphError(403, 'accessDenied', 'A library cannot be removed.');
    library.drive.remove(found({ library, names }));
    return reply.code(204).send();
  });
}

/** As a person writes it, with a slash at the end. */
function isFolder(request: FastifyRequest): boolean {
  return (request.params as { '*': string })['*'].endsWith('/');
}

function segments(path: string): string[] {
  return path.split('/').filter((name) => name !== '');
}

function itemAt({ library, names }: Place): DriveItem | null {
  return library.drive.itemBelow(library.drive.root, names);
}

function found(place: Place): DriveItem {
  const item = itemAt(place);
  if (item === null) throw itemNotFound();
  return item;
}

function folderAt({ tenant, drive }: World, names: readonly string[]): DriveFolder {
  let folder: DriveFolder = drive.root;
  for (const name of names) {
    const next = drive.itemBelow(folder, [name]);
    if (next === null) checkNewName(tenant, folder, name);
    if (next?.kind === 'file') throw nameAlreadyExists();
    folder = next ?? drive.addFolder(folder, name);
  }
  return folder;
}

function putFile(place: Place, request: FastifyRequest): DriveItem {
  const { library, names } = place;
  const content = {
    bytes: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
    modifiedAt: modifiedAt(request),
  };
  const existing = itemAt(place);
  const name = names.at(-1);
  if (existing?.kind === 'folder' || name === undefined) throw invalidRequest('A folder has no content.');
  if (existing !== null) {
    library.drive.replace(existing, content);
    return existing;
  }
  const parent = folderAt(library, names.slice(0, -1));
  checkNewName(library.tenant, parent, name);
  return library.drive.addFile(parent, name, content);
}

function modifiedAt(request: FastifyRequest): Date | undefined {
  const { modifiedAt: text } = request.query as Record<string, string | undefined>;
  if (text === undefined) return undefined;
  const read = timeOption.safeParse(text);
  if (read.success) return new Date(read.data);
  throw invalidRequest('modifiedAt has to be a time such as 2026-11-22T14:00:00Z.');
}

/** To another folder, which is made if need be, or another name, or both. */
function move(library: World, item: DriveItem, names: readonly string[]): void {
  const name = names.at(-1);
  if (name === undefined || item.parent === null)
    throw new GraphError(403, 'accessDenied', 'The root of a library stays where it is.');
  const taken = itemAt({ library, names });
  if (taken !== null && taken !== item) throw nameAlreadyExists();
  const parent = folderAt(library, names.slice(0, -1));
  if (isBelow(parent, item)) throw invalidRequest('A folder cannot be moved into itself.');
  checkNewName(library.tenant, parent, name);
  library.drive.update(item, { parent, name, clientModifiedAt: item.clientModifiedAt });
}

function shown(library: World, item: DriveItem, request: FastifyRequest): object {
  return {
    kind: item.kind,
    name: item.name,
    path: pathOf(item).join('/'),
    id: item.id,
    eTag: eTagOf(item),
    size: totalSize(item),
    modifiedAt: item.modifiedAt,
    ...(item.kind === 'file' && { quickXorHash: item.hash, url: downloadUrl(library, item, request) }),
  };
}
