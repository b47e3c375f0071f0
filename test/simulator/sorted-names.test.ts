import fc from 'fast-check';
import { expect, test } from 'vitest';

import { Drive } from '../../src/simulator/drive.ts';
import { type DriveFolder, type DriveItem, foldName } from '../../src/simulator/item.ts';
import { tenantFor } from '../../src/simulator/tenant.ts';
import { temporaryDir } from './http-client.ts';

const tenant = tenantFor(1);

test('a change between two pages is worked into the order of a large folder, which is not sorted anew', async () => {
  const drive = new Drive(tenant, await temporaryDir(), () => new Date());
  const folder = drive.addFolder(drive.root, 'Large');
  for (const name of ['b', 'd', 'f']) drive.addFolder(folder, name);
  const names = drive.namesIn(folder);
  const [b] = [...folder.children.values()];

  drive.addFolder(folder, 'C');
  drive.remove(b!);

  expect(drive.namesIn(folder)).toEqual(['c', 'd', 'f']);
  expect(drive.namesIn(folder)).toBe(names);
  drive.close();
});

test('however items come, move, are renamed and go: names are sorted, and folders know what is in them', async () => {
  const dir = await temporaryDir();
  const name = fc.constantFrom('a', 'B', 'c', 'D', 'e', 'F');
  const step = fc.record({
    what: fc.constantFrom('file', 'folder', 'move', 'remove', 'look'),
    name,
    to: name,
  });
  let run = 0;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.nat(), (steps, pick) => {
      run += 1;
      const drive = new Drive(tenant, `${dir}/${run}`, () => new Date());
      const folders: DriveFolder[] = [drive.root];
      const items: DriveItem[] = [];
      for (const [index, each] of steps.entries()) take({ drive, folders, items }, each, pick + index);
      for (const folder of folders) {
        expect(drive.namesIn(folder)).toEqual([...folder.children.keys()].sort());
        expect(folder.totals).toEqual(counted(folder));
      }
      drive.close();
      const again = new Drive(tenant, `${dir}/${run}`, () => new Date());
      expect(again.root.totals).toEqual(counted(again.root));
      expect(again.root.totals).toEqual(drive.root.totals);
      again.close();
    }),
    { numRuns: 30 },
  );
});

interface Library {
  readonly drive: Drive;
  readonly folders: DriveFolder[];
  readonly items: DriveItem[];
}

function take(
  { drive, folders, items }: Library,
  { what, name, to }: Record<'what' | 'name' | 'to', string>,
  at: number,
): void {
  const folder = folders[at % folders.length]!;
  const item = items.filter((each) => !each.deleted)[at % Math.max(1, items.length)];
  if (what === 'look') drive.namesIn(folder);
  if (what === 'remove' && item !== undefined) drive.remove(item);
  if (folder.deleted || folder.children.has(foldName(name))) return;
  if (what === 'file') items.push(drive.addFile(folder, name, { bytes: Buffer.from(to.repeat(at % 50)) }));
  if (what === 'folder') folders.push(drive.addFolder(folder, name));
  if (what === 'move' && item?.deleted === false)
    drive.update(item, { parent: folder, name, clientModifiedAt: null });
}

function counted(folder: DriveFolder): { files: number; bytes: number } {
  let [files, bytes] = [0, 0];
  for (const item of folder.children.values()) {
    const inside = item.kind === 'file' ? { files: 1, bytes: item.size } : counted(item);
    files += inside.files;
    bytes += inside.bytes;
  }
  return { files, bytes };
}
