import { chmod, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { PathNotFound, PathUnreadable } from '../../src/directory/errors.ts';
import { listDirectoryFiles } from '../../src/directory/list-directory-files.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'charlie directory '));
});

afterEach(async () => {
  await rm(root, { recursive: true });
});

async function put(path: string, content = 'a,b\n'): Promise<string> {
  const absolute = join(root, path);
  await mkdir(dirname(absolute), { recursive: true });
  await writeFile(absolute, content);
  return absolute;
}

it('gives files as they are named and walks folders, in the order of their paths', async () => {
  const file = await put('zz/one.csv');
  await put('in/b.csv');
  await put('in/a ü#%.csv');
  await put('in/deep/er/c.csv');
  const files = await listDirectoryFiles([file, join(root, 'in')]);
  expect(files.map(({ path }) => relative(root, path))).toEqual([
    'zz/one.csv',
    'in/a ü#%.csv',
    'in/b.csv',
    'in/deep/er/c.csv',
  ]);
});

it('passes over hidden files and folders, .sync among them, but takes one that is named', async () => {
  const hidden = await put('.hidden.csv');
  await put('.sync/partial.csv');
  await put('sub/.git/x.csv');
  await put('sub/seen.csv');
  expect((await listDirectoryFiles([root])).map(({ name }) => name)).toEqual(['seen.csv']);
  expect((await listDirectoryFiles([hidden])).map(({ name }) => name)).toEqual(['.hidden.csv']);
});

it('tells size, modified time in UTC and an id that depends on the absolute path alone', async () => {
  const path = await put('a.csv', 'x,y\n1,2\n');
  await utimes(path, new Date(), new Date('2026-03-29T01:30:00.250Z'));
  const [file] = await listDirectoryFiles([path]);
  expect(file).toMatchObject({ path, name: 'a.csv', size: 8, modifiedAt: '2026-03-29T01:30:00.250Z' });

  await writeFile(path, 'other');
  const [again] = await listDirectoryFiles([relative(process.cwd(), path)]);
  expect(again!.itemId).toBe(file!.itemId);
  const [other] = await listDirectoryFiles([await put('b.csv')]);
  expect(other!.itemId).not.toBe(file!.itemId);
});

it('gives a file once that is reached twice', async () => {
  const file = await put('in/a.csv');
  expect(await listDirectoryFiles([root, file, join(root, 'in')])).toHaveLength(1);
});

it('does not follow links that it meets, so that a loop ends', async () => {
  await put('a.csv');
  await symlink(root, join(root, 'loop'));
  expect(await listDirectoryFiles([root])).toHaveLength(1);
});

it('says of which files the name is not UTF-8, and gives the others', async () => {
  await put('in/a\ufffd.csv');
  const misnamed = Buffer.concat([
    Buffer.from(join(root, 'in', 'M')),
    Buffer.from([0xfc]),
    Buffer.from('.csv'),
  ]);
  await writeFile(misnamed, 'a,b\n');
  const told: string[] = [];
  const files = await listDirectoryFiles([root], { onMisnamed: (path) => told.push(path) });
  // What clears the folder away cannot ask for it either.
  await rm(misnamed);
  expect(files.map(({ name }) => name)).toEqual(['a\ufffd.csv']);
  expect(told).toEqual([join(root, 'in', 'M\ufffd.csv')]);
});

it('names a path that does not exist', async () => {
  const path = join(root, 'missing', 'a.csv');
  await expect(listDirectoryFiles([root, path])).rejects.toThrow(PathNotFound);
  await expect(listDirectoryFiles([path])).rejects.toMatchObject({ path });
});

it.skipIf(process.getuid?.() === 0)('names a folder that it may not read', async () => {
  await put('closed/a.csv');
  await chmod(join(root, 'closed'), 0);
  await expect(listDirectoryFiles([root])).rejects.toThrow(PathUnreadable);
  await chmod(join(root, 'closed'), 0o700);
});
