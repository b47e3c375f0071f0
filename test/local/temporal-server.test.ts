import { execFile } from 'node:child_process';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { expect, inject, onTestFinished, test } from 'vitest';

import { freePort } from '../../src/local/ports.ts';
import { ServerEndedEarly } from '../../src/local/server-readiness.ts';
import type { LocalTemporal, TemporalServerOptions } from '../../src/local/temporal-server.ts';
import { startTemporalServer, TemporalFileOfOtherVersion } from '../../src/local/temporal-server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

async function start(options: Partial<TemporalServerOptions> & { stateDir: string }): Promise<LocalTemporal> {
  const server = await startTemporalServer({
    binary: { path: inject('temporalBinary'), version: '1.9.1' },
    port: await freePort(),
    uiPort: null,
    dbFile: null,
    searchAttributes: { CharlieJob: 'Keyword' },
    ...options,
  });
  onTestFinished(async () => {
    server.kill();
    await server.exited;
  });
  return server;
}

async function temporal(server: LocalTemporal, ...args: string[]): Promise<string> {
  return (await promisify(execFile)(inject('temporalBinary'), [...args, '--address', server.address])).stdout;
}

test('a schedule is still there after a second start on the same file, which only its owner may reach', async () => {
  const stateDir = await temporaryFolder();
  const dbFile = join(stateDir, 'temporal', 'temporal.db');
  const first = await start({ stateDir, dbFile });
  const schedule = ['--schedule-id', 'hourly', '--interval', '1h', '--task-queue', 'q', '--workflow-id', 'w'];
  await temporal(
    first,
    'schedule',
    'create',
    ...schedule,
    '--type',
    'Any',
    '--search-attribute',
    'CharlieJob="sync"',
  );
  expect(await first.stop()).toMatchObject({ requested: true });

  const second = await start({ stateDir, dbFile });
  expect(await temporal(second, 'schedule', 'describe', '--schedule-id', 'hourly')).toContain('1h');
  expect((await stat(join(stateDir, 'temporal'))).mode & 0o077).toBe(0);
});

test('the Web UI answers as soon as the server is ready', async () => {
  const server = await start({ stateDir: await temporaryFolder(), uiPort: await freePort() });
  expect((await fetch(server.uiUrl!)).status).toBe(200);
});

test('a server that cannot start says why, with the end of its log', async () => {
  const stateDir = await temporaryFolder();
  const dbFile = join(stateDir, 'temporal.db');
  await writeFile(dbFile, 'this is no database'.repeat(100));
  const refused = start({ stateDir, dbFile });
  await expect(refused).rejects.toThrow(ServerEndedEarly);
  await expect(refused).rejects.toThrow('file is not a database');
});

test('a port that is taken is told before anything is started', async () => {
  const running = await start({ stateDir: await temporaryFolder() });
  const port = Number(running.address.split(':')[1]);
  const stateDir = await temporaryFolder();
  await expect(start({ stateDir, port })).rejects.toThrow(`Port ${port} `);
  await expect(start({ stateDir, uiPort: port })).rejects.toThrow('--temporal-ui-port');
});

test('a server that is killed from outside is noticed', async () => {
  const server = await start({ stateDir: await temporaryFolder() });
  process.kill(server.pid, 'SIGKILL');
  expect(await server.exited).toMatchObject({ signal: 'SIGKILL', requested: false });
});

test('a file of another release is not opened', async () => {
  const stateDir = await temporaryFolder();
  const dbFile = join(stateDir, 'temporal.db');
  await (await start({ stateDir, dbFile })).stop();
  const binary = { path: inject('temporalBinary'), version: '1.10.0' };
  await expect(start({ stateDir, dbFile, binary })).rejects.toThrow(TemporalFileOfOtherVersion);
  await start({ stateDir, dbFile, binary: { ...binary, version: '1.9.2' } });
});
