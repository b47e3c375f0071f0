import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { expect, test } from 'vitest';

import { localStamp } from '../../src/directory/local-stamp.ts';
import { takeAway } from '../../src/directory/take-away.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

async function aFile(): Promise<{ folder: string; path: string; stamp: string; target: string }> {
  const folder = await temporaryFolder();
  const path = join(folder, 'sales.csv');
  await writeFile(path, 'one');
  return { folder, path, stamp: await localStamp(path), target: join(folder, 'archive', 'day', 'sales.csv') };
}

test('the file is moved, and a second attempt finds that it was', async () => {
  const { folder, path, stamp, target } = await aFile();

  expect(await takeAway(path, stamp, target)).toBe('taken');
  expect(await takeAway(path, stamp, target)).toBe('taken');

  expect(await readFile(target, 'utf8')).toBe('one');
  expect(await readdir(folder)).toEqual(['archive']);
});

test('one that an attempt was cut off in the middle of moving is found under its hidden name', async () => {
  const { folder, path, stamp, target } = await aFile();
  await mkdir(dirname(target), { recursive: true });
  await rename(path, join(dirname(target), '.sales.csv'));

  expect(await takeAway(path, stamp, target)).toBe('taken');

  expect(await readFile(target, 'utf8')).toBe('one');
  expect(await readdir(folder)).toEqual(['archive']);
});

test('one that was changed, or put in its place, stays where it is', async () => {
  const { folder, path, stamp, target } = await aFile();
  await writeFile(join(folder, 'new'), 'two');
  await rename(join(folder, 'new'), path);

  expect(await takeAway(path, stamp, target)).toBe('other');

  expect(await readFile(path, 'utf8')).toBe('two');
});

test('a new one beside the one that was moved before stays where it is', async () => {
  const { path, stamp, target } = await aFile();
  await takeAway(path, stamp, target);
  await writeFile(path, 'two');

  expect(await takeAway(path, stamp, target)).toBe('taken');

  expect(await readFile(path, 'utf8')).toBe('two');
});

test('one that is gone is said to be gone', async () => {
  const { folder, stamp, target } = await aFile();
  expect(await takeAway(join(folder, 'no such.csv'), stamp, target)).toBe('gone');
});
