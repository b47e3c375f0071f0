import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { expect, onTestFinished, test } from 'vitest';
import type { ProcessRecord } from '../../src/local/process-identity.ts';
import { isRunning, processIdentity } from '../../src/local/process-identity.ts';
import type { StopPlan } from '../../src/local/supervised-process.ts';
import { startSupervised, stopOrphan } from '../../src/local/supervised-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const plan: StopPlan = { signal: 'SIGTERM', waitMs: 5000, forced: 'SIGKILL' };
const sleep = { path: '/bin/sh', args: ['-c', 'exec sleep 600'], stopPlan: plan };

test('a server that ends by itself is noticed, with its exit code and the last lines of its log', async () => {
  const stateDir = await temporaryFolder();
  const args = ['-c', 'echo starting; echo "cannot open the database" >&2; exit 3'];
  const server = await startSupervised({ name: 'sample', path: '/bin/sh', args, stateDir, stopPlan: plan });
  expect(await server.exited).toMatchObject({
    code: 3,
    requested: false,
    lastLogLines: 'starting\ncannot open the database',
  });
});

test('a server does not get the Ctrl-C of the terminal: it is in a process group of its own', async () => {
  const server = await startSupervised({ ...sleep, name: 'sample', stateDir: await temporaryFolder() });
  const { stdout } = await promisify(execFile)('ps', ['-o', 'pgid=', '-p', `${server.pid}`]);
  expect(Number(stdout)).toBe(server.pid);
  expect(await server.stop()).toMatchObject({ signal: 'SIGTERM', requested: true });
});

test('a server that ignores the polite signal is ended by force', async () => {
  const stateDir = await temporaryFolder();
  const script = 'trap "" TERM; echo ready; while :; do sleep 1; done';
  const stopPlan: StopPlan = { ...plan, waitMs: 200 };
  const server = await startSupervised({
    name: 'stubborn',
    path: '/bin/sh',
    args: ['-c', script],
    stateDir,
    stopPlan,
  });
  await expect.poll(() => readFile(join(stateDir, 'stubborn.log'), 'utf8')).toBe('ready\n');
  expect(await server.stop()).toMatchObject({ signal: 'SIGKILL' });
});

test('the server of a run that was killed is found by the next one and stopped', async () => {
  const stateDir = await temporaryFolder();
  const module = join(import.meta.dirname, '../../src/local/supervised-process.ts');
  const run = spawn(process.execPath, [
    '--input-type=module-typescript',
    '--eval',
    `import { startSupervised } from ${JSON.stringify(module)};
     await startSupervised(${JSON.stringify({ ...sleep, name: 'sample', stateDir })});
     process.kill(process.pid, 'SIGKILL');`,
  ]);
  await once(run, 'exit');
  const left = JSON.parse(await readFile(join(stateDir, 'sample.pid'), 'utf8')) as ProcessRecord;
  expect(await isRunning(left)).toBe(true);

  expect(await stopOrphan(stateDir, 'sample', plan)).toBe(left.pid);
  expect(await isRunning(left)).toBe(false);
  expect(await stopOrphan(stateDir, 'sample', plan)).toBeNull();
});

test('a process that only has the id of the server of an earlier run is left alone', async () => {
  const stateDir = await temporaryFolder();
  const other = spawn('sleep', ['600'], { detached: true });
  onTestFinished(() => void other.kill());
  await once(other, 'spawn');
  const pid = other.pid!;
  await writeFile(join(stateDir, 'sample.pid'), JSON.stringify({ pid, identity: 'another start' }));
  await stopOrphan(stateDir, 'sample', plan);
  expect(await processIdentity(pid)).not.toBeNull();
});

test.each(['', '{"pid":', '{"pid":-1,"identity":"x"}', '{"pid":0,"identity":"x"}', '"text"'])(
  'a damaged record of a process stops nothing: %s',
  async (content) => {
    const stateDir = await temporaryFolder();
    await writeFile(join(stateDir, 'sample.pid'), content);
    expect(await stopOrphan(stateDir, 'sample', plan)).toBeNull();
  },
);

test('a program that does not exist is an error at the start', async () => {
  const command = { ...sleep, path: '/no/such/server', name: 'sample', stateDir: await temporaryFolder() };
  await expect(startSupervised(command)).rejects.toThrow('/no/such/server');
});
