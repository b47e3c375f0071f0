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
      for (const [index, { what, name: called, to }] of steps.entries()) {
        const folder = folders[(pick + index) % folders.length]!;
        const item = items[(pick + index) % Math.max(1, items.length)];
        const isFree = !folder.children.has(foldName(called)) && !folder.deleted;
        if (what === 'look') drive.namesIn(folder);
        if (what === 'file' && isFree)
          items.push(drive.addFile(folder, called, { bytes: Buffer.from(to.repeat(index)) }));
        if (what === 'folder' && isFree) folders.push(drive.addFolder(folder, called));
        if (what === 'remove' && item?.deleted === false) drive.remove(item);
        if (what === 'move' && item?.deleted === false && isFree)
          drive.update(item, { parent: folder, name: called, clientModifiedAt: null });
      }
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

function counted(folder: DriveFolder): { files: number; bytes: number } {
  let [files, bytes] = [0, 0];
  for (const item of folder.children.values()) {
    const inside = item.kind === 'file' ? { files: 1, bytes: item.size } : counted(item);
    files += inside.files;
    bytes += inside.bytes;
  }
  return { files, bytes };
}
