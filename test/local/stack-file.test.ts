import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { readStackFile, removeStackFile, writeStackFile } from '../../src/local/stack-file.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const settings = { 'database.url': 'postgres://charlie:password@127.0.0.1:5432/charlie' };
const startedAt = new Date('2026-01-02T03:04:05Z');

test('what a running stack wrote is read back, and only its owner may read it', async () => {
  const stateDir = await temporaryFolder();
  await writeStackFile(stateDir, startedAt, settings);
  expect(await readStackFile(stateDir)).toMatchObject({
    pid: process.pid,
    startedAt: '2026-01-02T03:04:05.000Z',
    settings,
  });
  expect((await stat(join(stateDir, 'stack.json'))).mode & 0o777).toBe(0o600);
  expect(await readdir(stateDir)).toEqual(['stack.json']);

  await removeStackFile(stateDir);
  expect(await readStackFile(stateDir)).toBeNull();
});

test('the file of a stack that was killed counts as none', async () => {
  const stateDir = await temporaryFolder();
  await writeStackFile(stateDir, startedAt, settings);
  const path = join(stateDir, 'stack.json');
  const content = JSON.parse(await readFile(path, 'utf8')) as object;
  await writeFile(path, JSON.stringify({ ...content, identity: 'an earlier start' }));
  expect(await readStackFile(stateDir)).toBeNull();
});
