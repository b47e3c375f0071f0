import { link, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { localStamp } from '../../src/directory/local-stamp.ts';
import { assertThere, putBack } from '../../src/directory/put-back.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('a file that was moved away is put back from its copy, under another stamp', async () => {
  const folder = await temporaryFolder();
  const [path, copy] = [join(folder, 'sub/sales.csv'), join(folder, 'copy')];
  await writeFile(copy, 'id\n1\n');
  const stamp = await localStamp(copy);

  const now = await putBack(path, stamp, copy);

  expect(await readFile(path, 'utf8')).toBe('id\n1\n');
  expect(now).toBe(await localStamp(path));
  expect(now).not.toBe(stamp);
  await expect(stat(copy)).rejects.toThrow('ENOENT');
});

test('a file that lies where it was is left alone, and so is its copy', async () => {
  const folder = await temporaryFolder();
  const [path, copy] = [join(folder, 'sales.csv'), join(folder, 'copy')];
  for (const file of [path, copy]) await writeFile(file, 'id\n1\n');
  const stamp = await localStamp(path);

  expect(await putBack(path, stamp, copy)).toBe(stamp);

  expect(await localStamp(path)).toBe(stamp);
  expect((await stat(copy)).isFile()).toBe(true);
});

test('a file that was about to be moved away is told apart from the one that stays', async () => {
  const folder = await temporaryFolder();
  const [path, copy] = [join(folder, 'sales.csv'), join(folder, 'copy')];
  await writeFile(path, 'id\n1\n');
  await link(path, copy);
  const stamp = await localStamp(path);

  expect(await putBack(path, stamp, copy)).not.toBe(stamp);

  expect(await localStamp(path)).not.toBe(stamp);
  expect(await readFile(path, 'utf8')).toBe('id\n1\n');
});

test('another file that lies there is never touched, and one that is gone without a copy is said to be', async () => {
  const folder = await temporaryFolder();
  const [path, copy] = [join(folder, 'sales.csv'), join(folder, 'copy')];
  await writeFile(path, 'corrected');
  await writeFile(copy, 'wrong');

  await expect(putBack(path, '1:2:3', copy)).rejects.toMatchObject({ name: 'OriginalChanged', path });
  await expect(assertThere(path, '1:2:3')).rejects.toMatchObject({ name: 'OriginalChanged', path });
  await assertThere(path, await localStamp(path));
  expect(await readFile(path, 'utf8')).toBe('corrected');

  for (const file of [path, copy]) await rm(file);
  await expect(putBack(path, '1:2:3', copy)).rejects.toMatchObject({ name: 'OriginalMissing', path, copy });
  await expect(assertThere(path, '1:2:3')).rejects.toMatchObject({ name: 'OriginalMissing', path });
});
