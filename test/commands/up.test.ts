import { type ChildProcess, spawn } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Connection } from '@temporalio/client';
import { afterEach, beforeEach, expect, inject, test, vi } from 'vitest';

import { freePort } from '../../src/local/ports.ts';
import { removePostgresData } from '../../src/local/postgres-server.ts';
import { charlie, outerEnvironment } from '../support/charlie.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const program = join(root, 'bin/charlie.js');

// Whole cycles of everything, in processes of their own.
vi.setConfig({ testTimeout: 300_000 });

let parent: string;
let dir: string;
let ports: string[];

beforeEach(async () => {
  // A folder that only its owner may read, and one with spaces in its name.
  parent = await mkdtemp(join(tmpdir(), 'charlie-up-'));
  dir = join(parent, 'charlie reporting');
  await mkdir(dir);
  await copyFile(join(root, 'settings.toml'), join(dir, 'settings.toml'));
  ports = [];
  for (const flag of [
    '--temporal-port',
    '--temporal-ui-port',
    '--postgres-port',
    '--simulator-port',
    '--api-port',
  ]) {
    ports.push(flag, `${await freePort()}`);
  }
});

afterEach(async () => {
  await removePostgresData(join(dir, '.charlie'));
  await rm(parent, { recursive: true, force: true });
});

/** What an operator's shell tells the `temporal` CLI: no worker of `charlie up` may follow it. */
const operatorShell = {
  TEMPORAL_PROFILE: 'production',
  TEMPORAL_ADDRESS: 'production.invalid:7233',
  TEMPORAL_NAMESPACE: 'production',
  TEMPORAL_API_KEY: 'production-key',
};

function surroundings(): { cwd: string; env: Record<string, string> } {
  return { cwd: dir, env: { CHARLIE_TEMPORAL_BINARY: inject('temporalBinary'), ...operatorShell } };
}

/** Command lines of processes that name the test's folder, or one of its ports. */
async function processesLeft(): Promise<string[]> {
  const left: string[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    const isOurs =
      line.includes(parent) || ports.some((port) => /^\d+$/.test(port) && line.split('\0').includes(port));
    if (isOurs) left.push(line.replaceAll('\0', ' '));
  }
  return left;
}

function startUp(): { child: ChildProcess; ended: Promise<number | null>; said: () => string } {
  const { env } = surroundings();
  const child = spawn(process.execPath, [program, 'up', ...ports], {
    cwd: dir,
    env: { ...outerEnvironment(), ...env },
  });
  let said = '';
  child.stderr.on('data', (data: Buffer) => {
    said += data.toString();
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, ended, said: () => said };
}

test('charlie up works and loads what is dropped until a signal, which ends it in order; a second start beside it is refused, and one after it ingests nothing twice', async () => {
  const up = startUp();
  await expect.poll(up.said, { timeout: 200_000 }).toContain('Working on schedule');
  const [, api = ''] = /curl (http:\/\/\S+)\/scheduler\/jobs .*; \1\/docs /.exec(up.said()) ?? [];
  expect(await (await fetch(`${api}/scheduler/status`)).json()).toMatchObject({ status: 'running' });
  const temporal = await Connection.connect({ address: `127.0.0.1:${ports[1] ?? ''}` });
  const { config } = await temporal.workflowService.describeNamespace({ namespace: 'default' });
  await temporal.close();
  expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(30 * 86_400);
  const workbooks = (await readdir(join(dir, 'reports'))).filter((name) =>
    /^hourly_\d{8}_\d{4}\.xlsx$/.test(name),
  );
  expect(workbooks.length).toBeGreaterThan(0);

  await writeFile(
    join(dir, 'data/incoming/quality_scores_dropped.csv'),
    'review_id,reviewed_at,team,score\nr1,2026-11-20T10:00:00Z,Retention,4.5\n',
  );
  await expect
    .poll(() => readFile(join(dir, '.charlie/logs/charlie.log'), 'utf8'), { timeout: 60_000 })
    .toMatch(/"file":"quality_scores_dropped.csv".*"msg":"Ingested"/);

  const beside = await charlie(['up', '--once', ...ports], surroundings());
  expect(beside.exitCode).toBe(6);
  expect(beside.stderr).toContain(`process ${up.child.pid ?? 0}`);

  up.child.kill('SIGINT');
  expect(await up.ended).toBe(0);
  expect(up.said()).toContain('Shutting down');
  expect(await processesLeft()).toEqual([]);

  const next = await charlie(['up', '--once', ...ports], surroundings());
  expect(next, next.stderr).toMatchObject({ exitCode: 0 });
  expect(next.stdout).toMatch(/listed +skipped +downloaded +ingested/);
  const [listed, skipped, downloaded] = numbersOf(next.stdout);
  expect(downloaded).toBeLessThanOrEqual((listed ?? 0) - (skipped ?? 0));
  expect(skipped).toBeGreaterThan(40);
  expect(await processesLeft()).toEqual([]);
});

test('two signals in mid-sync end everything at once; the next start completes the work, also when its reader leaves, and --fresh begins anew', async () => {
  const up = startUp();
  await expect.poll(up.said, { timeout: 200_000 }).toContain('First sync');
  up.child.kill('SIGINT');
  await expect.poll(up.said, { timeout: 60_000 }).toContain('Shutting down');
  // The second one counts once it cannot be the first one's echo.
  const again = setInterval(() => up.child.kill('SIGINT'), 200);
  const exitCode = await up.ended;
  clearInterval(again);
  // Null: a later signal found nothing left to end but the process itself.
  expect([0, 130, null]).toContain(exitCode);
  expect(await processesLeft()).toEqual([]);

  expect(await onceUnread()).toBe(0);
  expect(await processesLeft()).toEqual([]);

  const fresh = await charlie(['up', '--once', '--fresh', ...ports], surroundings());
  expect(fresh, fresh.stderr).toMatchObject({ exitCode: 0 });
  const [listed, skipped, downloaded] = numbersOf(fresh.stdout);
  expect([skipped, downloaded]).toEqual([0, listed]);
});

/** `charlie up --once`, whose output is not read to its end; the exit code. */
function onceUnread(): Promise<number | null> {
  const child = spawn(process.execPath, [program, 'up', '--once', ...ports], {
    cwd: dir,
    env: { ...outerEnvironment(), ...surroundings().env },
  });
  child.stdout.destroy();
  child.stderr.once('data', () => child.stderr.destroy());
  return new Promise((resolve) => child.once('exit', resolve));
}

/** The line below the table's rule. */
function numbersOf(stdout: string): number[] {
  const lines = stdout.split('\n');
  const rule = lines.findIndex((line) => line.includes('───'));
  return (lines[rule + 1] ?? '')
    .trim()
    .split(/ {2,}/)
    .map((text) => Number(text.replaceAll(',', '')));
}

test('a port that is taken is named, with who asks for it and the flag', async () => {
  const server = createServer();
  const port = Number(ports[ports.indexOf('--postgres-port') + 1]);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  try {
    const result = await charlie(['up', '--once', ...ports], surroundings());
    expect(result.exitCode).toBe(6);
    expect(result.stderr).toContain(`Port ${port}`);
    expect(result.stderr).toContain('Postgres');
    expect(result.stderr).toContain('--postgres-port');
  } finally {
    server.close();
  }
  expect(await processesLeft()).toEqual([]);
});

test('an unknown command is refused with the nearest one, and exit code 2', async () => {
  const result = await charlie(['triger'], surroundings());

  expect(result.exitCode).toBe(2);
  expect(result.stderr).toContain('trigger');
});
