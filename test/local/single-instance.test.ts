import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';

import { expect, test } from 'vitest';

import { AlreadyRunning, claimStateDirectory } from '../../src/local/single-instance.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('a second claim is refused with the process id of the first, until that gives up', async () => {
  const stateDir = await temporaryFolder();
  const release = await claimStateDirectory(stateDir);
  const refused: unknown = await claimStateDirectory(stateDir).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(AlreadyRunning);
  expect((refused as AlreadyRunning).message).toContain(`process ${process.pid}`);
  await release();
  await (await claimStateDirectory(stateDir))();
});

test('the claim of a process that was killed is taken over, by exactly one of many at once', async () => {
  const stateDir = await temporaryFolder();
  await writeFile(
    join(stateDir, 'charlie.7.pid'),
    JSON.stringify({ pid: process.pid, identity: 'an earlier start' }),
  );
  const claims = await Promise.allSettled(Array.from({ length: 20 }, () => claimStateDirectory(stateDir)));
  expect(claims.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const claim of claims) {
    if (claim.status === 'rejected') expect(claim.reason).toBeInstanceOf(AlreadyRunning);
  }
  expect(await readdir(stateDir)).toEqual(['charlie.8.pid']);
});

test('there are never two holders, however claims and releases interleave', async () => {
  const stateDir = await temporaryFolder();
  let holders = 0;
  let claims = 0;
  async function contend(): Promise<void> {
    for (let round = 0; round < 15; round += 1) {
      const release = await claimStateDirectory(stateDir).catch((error: unknown) => {
        expect(error).toBeInstanceOf(AlreadyRunning);
        return null;
      });
      if (release === null) continue;
      holders += 1;
      claims += 1;
      expect(holders).toBe(1);
      await setImmediate();
      holders -= 1;
      await release();
    }
  }
  await Promise.all(Array.from({ length: 12 }, contend));
  expect(claims).toBeGreaterThan(1);
});

test('a claim that a full disk has cut off is taken over', async () => {
  const stateDir = await temporaryFolder();
  await writeFile(join(stateDir, 'charlie.7.pid'), '');
  await (await claimStateDirectory(stateDir))();
});
