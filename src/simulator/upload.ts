import { type ConflictBehavior, placeIn } from './conflict.ts';
import type { Content } from './drive.ts';
import { invalidRequest, itemNotFound, nameAlreadyExists } from './graph-error.ts';
import type { DriveFile, DriveFolder, DriveItem } from './item.ts';
import { checkNewName } from './name-rules.ts';
import type { UploadTarget } from './upload-sessions.ts';
import type { World } from './world.ts';

/** Of the item at `below` under `start`, or of a file that is to be there. Folders on the way are made, as SharePoint does. */
export function uploadTarget(world: World, start: DriveItem, below: readonly string[]): UploadTarget {
  const existing = world.drive.itemBelow(start, below);
  if (existing?.kind === 'folder') throw invalidRequest('A folder has no content.');
  if (existing?.parent != null) return { folder: existing.parent, name: below.at(-1) ?? existing.name };
  const name = below.at(-1);
  if (start.kind !== 'folder' || name === undefined) throw itemNotFound();
  const folder = below.slice(0, -1).reduce((parent, step) => stepInto(world, parent, step), start);
  checkNewName(world.tenant, folder, name);
  return { folder, name };
}

function stepInto({ tenant, drive }: World, parent: DriveFolder, name: string): DriveFolder {
  const next = drive.itemBelow(parent, [name]);
  if (next?.kind === 'file') throw itemNotFound();
  if (next !== null) return next;
  checkNewName(tenant, parent, name);
  return drive.addFolder(parent, name);
}

/** Makes the content visible under its name, or under a free one beside it. */
export function storeContent(
  { drive }: World,
  target: UploadTarget,
  behavior: ConflictBehavior,
  content: Content,
): { readonly file: DriveFile; readonly isNew: boolean } {
  const { name, existing } = placeIn(drive, target.folder, target.name, behavior);
  if (existing === null) return { file: drive.addFile(target.folder, name, content), isNew: true };
  if (existing.kind === 'folder') throw nameAlreadyExists();
  drive.replace(existing, content);
  return { file: existing, isNew: false };
}
