import { clientModifiedAt } from './client-time.ts';
import { conflictBehavior, placeIn } from './conflict.ts';
import { addressed, type Call, checkPreconditions, findItem, readJson, showItem } from './graph-call.ts';
import { GraphError, invalidRequest, itemNotFound, nameAlreadyExists } from './graph-error.ts';
import { type DriveFolder, type DriveItem, isBelow } from './item.ts';
import { checkNewName } from './name-rules.ts';
import { storeContent, uploadTarget } from './upload.ts';
import type { World } from './world.ts';

/** PUT of a whole content: a new file, or a new version of one. */
export function putContent(call: Call): object {
  const { world, request, reply } = call;
  const { start, below } = addressed(call);
  checkPreconditions(request, world.drive.itemBelow(start, below));
  const behavior = conflictBehavior(request, {}, 'replace');
  const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const { file, isNew } = storeContent(world, uploadTarget(world, start, below), behavior, { bytes });
  reply.code(isNew ? 201 : 200);
  return showItem(call, file);
}

/** POST to the children of a folder: a folder in it. */
export function createFolder(call: Call): object {
  const { world, request, reply } = call;
  const parent = findItem(call);
  const facets = readJson(request);
  const name = facets['name'];
  if (parent.kind !== 'folder') throw invalidRequest('The parent is not a folder.');
  if (typeof name !== 'string' || typeof facets['folder'] !== 'object')
    throw invalidRequest('A name and the facet "folder" are required.');
  checkNewName(world.tenant, parent, name);
  const place = placeIn(world.drive, parent, name, conflictBehavior(request, facets, 'fail'));
  if (place.existing?.kind === 'file') throw nameAlreadyExists();
  reply.code(place.existing === null ? 201 : 200);
  return showItem(call, place.existing ?? world.drive.addFolder(parent, place.name));
}

/** PATCH: another place, another name, another time. */
export function updateItem(call: Call): object {
  const { world, request } = call;
  const item = findItem(call);
  const facets = readJson(request);
  checkPreconditions(request, item);
  if (item.parent === null) throw new GraphError(403, 'accessDenied', 'The root cannot be changed.');
  const parent = newParent(world, facets['parentReference']) ?? item.parent;
  const name = facets['name'] ?? item.name;
  if (typeof name !== 'string') throw invalidRequest('The name is not a text.');
  if (name !== item.name || parent !== item.parent) checkNewName(world.tenant, parent, name);
  if (isBelow(parent, item)) throw invalidRequest('An item cannot be moved below itself.');
  world.drive.update(item, {
    parent,
    name: freeName(call, item, { parent, name, facets }),
    clientModifiedAt: clientModifiedAt(facets) ?? item.clientModifiedAt,
  });
  return showItem(call, item);
}

export function deleteItem(call: Call): object {
  const { world, request, reply } = call;
  const item = findItem(call);
  checkPreconditions(request, item);
  if (item === world.drive.root) throw new GraphError(403, 'accessDenied', 'The root cannot be deleted.');
  world.drive.remove(item);
  return reply.code(204).send();
}

/** What has the name now is removed when that is wanted. */
function freeName(
  { world, request }: Call,
  item: DriveItem,
  to: { parent: DriveFolder; name: string; facets: Readonly<Record<string, unknown>> },
): string {
  if (world.drive.itemBelow(to.parent, [to.name]) === item) return to.name;
  const place = placeIn(world.drive, to.parent, to.name, conflictBehavior(request, to.facets, 'fail'));
  if (place.existing !== null) world.drive.remove(place.existing);
  return place.name;
}

/** Null: the item stays where it is. */
function newParent(world: World, reference: unknown): DriveFolder | null {
  const { driveId = world.tenant.driveId } = Object(reference) as { driveId?: unknown };
  if (driveId !== world.tenant.driveId)
    throw new GraphError(400, 'notSupported', 'Items cannot be moved to another drive.');
  return referredFolder(world, reference);
}

/** The folder of this library that a `parentReference` names; null: none. The root has to be named by its id. */
export function referredFolder({ drive }: World, reference: unknown): DriveFolder | null {
  const { id, path } = Object(reference) as { id?: unknown; path?: unknown };
  if (id === undefined && path === undefined) return null;
  const parent = typeof id === 'string' ? drive.itemById(id) : itemAt(drive, path);
  if (parent === null) throw itemNotFound();
  if (parent.kind !== 'folder') throw invalidRequest('The new parent is not a folder.');
  return parent;
}

/** `/drives/{id}/root:/some/folder` or `/drive/root:/some/folder`. */
function itemAt(drive: World['drive'], path: unknown): DriveItem | null {
  const below = typeof path === 'string' ? /\/root(?::(.*))?$/.exec(path)?.[1] : undefined;
  if (below === undefined) throw invalidRequest('The path of the new parent is malformed.');
  return drive.itemBelow(
    drive.root,
    decodeURIComponent(below)
      .split('/')
      .filter((name) => name !== ''),
  );
}
