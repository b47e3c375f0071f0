import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { removeStackFile, writeStackFile } from '../../src/local/stack-file.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('a running stack writes which process it is and what the settings must say, for its owner alone', async () => {
  const stateDir = await temporaryFolder();
  const path = join(stateDir, 'stack.json');
  const settings = { 'database.url': 'postgres://charlie:password@127.0.0.1:5432/charlie' };
  await writeStackFile(stateDir, new Date('2026-01-02T03:04:05Z'), settings);

  expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({
    pid: process.pid,
    identity: expect.any(String) as string,
    startedAt: '2026-01-02T03:04:05.000Z',
    settings,
  });
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(stateDir)).toEqual(['stack.json']);

  await removeStackFile(stateDir);
  expect(await readdir(stateDir)).toEqual([]);
});
