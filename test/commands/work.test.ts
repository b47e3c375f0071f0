import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, onTestFinished, test } from 'vitest';

import type { SyncProgress, SyncResult } from '../../src/domain/sync-run.ts';
import { charlie, charlieHere, outerEnvironment } from '../support/charlie.ts';
import { createNamespace } from '../support/namespace.ts';
import { Pipeline } from '../support/pipeline.ts';
import { manySales, salesCsv, salesToml } from '../support/sales.ts';
import { createTestDatabase } from '../support/with-database.ts';

const program = fileURLToPath(new URL('../../bin/charlie.js', import.meta.url));

test('charlie run applies the schedule, does its work as JSON lines on stdout, loads what is dropped, and ends in order on SIGTERM', async () => {
  await using pipeline = await Pipeline.start({
    toml: salesToml,
    worker: false,
    env: { CHARLIE_TEMPORAL__NAMESPACE: await createNamespace() },
  });
  pipeline.simulator.library.put('sales.csv', salesCsv(manySales(3)));
  await writeFile(join(pipeline.dir, 'others.toml'), '[jobs.weekly]\nkind = "sync"\nevery = "7d"\n');
  const child = spawn(process.execPath, [program, 'run', '--schedules', 'others.toml'], {
    cwd: pipeline.dir,
    env: { ...outerEnvironment(), ...pipeline.env },
  });
  let stdout = '';
  child.stdout.on('data', (data: Buffer) => {
    stdout += data.toString();
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  await expect.poll(() => stdout, { timeout: 60_000 }).toContain('"Worker started"');

  const triggered = await charlieHere(['trigger', '--output', 'json'], {
    cwd: pipeline.dir,
    env: pipeline.env,
  });
  await writeFile(
    join(pipeline.settings.scheduler.ingestionDir, 'sales dropped.csv'),
    salesCsv(manySales(2, 100)),
  );
  await expect.poll(() => runsEnded(stdout), { timeout: 60_000 }).toContain('watch');
  child.kill('SIGTERM');

  expect(await ended).toBe(0);
  expect(JSON.parse(triggered.stdout)).toMatchObject({ status: 'succeeded', rowsLoaded: 3 });
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const ingested = lines.find(({ msg }) => msg === 'Ingested');
  expect(ingested).toMatchObject({ level: 'info', stage: 'ingest', file: 'sales.csv', rows: 3 });
  expect(ingested?.['time']).toMatch(/^\d{4}-\d\d-\d\dT/);
  const applied = lines.filter(({ msg }) => msg === 'Schedule applied').map(({ job }) => job);
  expect(applied).toEqual(['sync', 'hourly-report', 'weekly']);
  const messages = lines.map(({ msg }) => msg);
  const inOrder = ['Schedule applied', 'Watching folders', 'Run started', 'Listed', 'Run ended'];
  for (const message of [...inOrder, 'No longer watching folders', 'Shutdown complete']) {
    expect(messages).toContain(message);
  }
  expect(stdout).not.toContain(pipeline.simulator.connection.clientSecret);
});

/** The jobs of the runs that have ended, by the log. */
function runsEnded(log: string): string[] {
  return [...log.matchAll(/"job":"([a-z]+)".*"msg":"Run ended"/g)].map(([, job = '']) => job);
}

test('a worker that is shut down finishes what is under way, and another one goes on without repeating anything', async () => {
  await using pipeline = await Pipeline.start({ toml: salesToml, worker: false });
  for (let file = 0; file < 30; file++) {
    pipeline.simulator.library.put(`sales ${file}.csv`, salesCsv(manySales(5, file * 5)));
  }
  const first = await pipeline.startWorker();
  const run = await pipeline.startSync();
  await expect
    .poll(async () => (await run.query<SyncProgress>('progress')).downloaded, {
      timeout: 30_000,
      interval: 20,
    })
    .toBeGreaterThan(0);
  first.shutdown();
  await first.ended;
  await pipeline.startWorker();

  const result = (await run.result()) as SyncResult;

  expect(result).toMatchObject({ status: 'succeeded', ingested: 30, rowsLoaded: 150 });
  const asked = pipeline.simulator.requests.filter(({ url }) => /\/items\/[^/]+\/content/.test(url));
  expect(asked).toHaveLength(30);
});

test('charlie run-once does one iteration without any other worker', async () => {
  await using pipeline = await Pipeline.start({ toml: salesToml, worker: false });
  pipeline.simulator.library.put('sales.csv', salesCsv(manySales(3)));

  const result = await charlie(['run-once', '--output', 'json'], { cwd: pipeline.dir, env: pipeline.env });

  expect(result).toMatchObject({ exitCode: 0 });
  expect(JSON.parse(result.stdout)).toMatchObject({ status: 'succeeded', downloaded: 1, rowsLoaded: 3 });
});

test('an interrupted run-once cancels its run, and leaves none under way', async () => {
  await using pipeline = await Pipeline.start({ toml: salesToml, worker: false });
  // Listing waits for the pause that the service asks for, in a timer of the workflow.
  const env = { ...outerEnvironment(), ...pipeline.env, CHARLIE_SYNC__LIST_MAX_RETRIES: '1' };
  pipeline.simulator.faults.failNext({ match: /delta/, times: 99, status: 429, retryAfterSeconds: 60 });
  const child = spawn(process.execPath, [program, 'run-once'], { cwd: pipeline.dir, env });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  await expect
    .poll(() => pipeline.simulator.requests.filter(({ status }) => status === 429).length, {
      timeout: 60_000,
    })
    .toBeGreaterThan(0);
  child.kill('SIGINT');

  expect(await ended).toBe(130);
  expect(await pipeline.sql`select status from charlie.run_history`).toEqual([{ status: 'cancelled' }]);
});

test('a namespace that the server does not have, and one without our search attributes, are explained', async () => {
  await using pipeline = await Pipeline.start({ toml: salesToml, worker: false });
  const namespace = await createNamespace({});

  const unknown = await charlieHere(['trigger'], {
    cwd: pipeline.dir,
    env: { ...pipeline.env, CHARLIE_TEMPORAL__NAMESPACE: 'nowhere' },
  });
  const bare = await charlie(['run'], {
    cwd: pipeline.dir,
    env: { ...pipeline.env, CHARLIE_TEMPORAL__NAMESPACE: namespace },
  });

  expect(unknown.exitCode).toBe(5);
  expect(unknown.stderr).toContain('no namespace "nowhere"');
  expect(bare.exitCode).toBe(6);
  expect(bare.stderr).toContain('temporal operator search-attribute create --name CharlieJob --type Keyword');
});

test('charlie ingest loads the paths that it is given, and without one what lies in ingestion_dir', async () => {
  await using pipeline = await Pipeline.start({ toml: salesToml, worker: false });
  const surroundings = { cwd: pipeline.dir, env: pipeline.env };
  await writeFile(join(pipeline.dir, 'sales here.csv'), salesCsv([{ id: 1 }]));
  const incoming = pipeline.settings.scheduler.ingestionDir;
  await mkdir(incoming, { recursive: true });
  await writeFile(join(incoming, 'sales there.csv'), salesCsv([{ id: 2 }]));

  const named = await charlie(['ingest', 'sales here.csv', '--output', 'json'], surroundings);
  const found = await charlie(['ingest', '--output', 'json'], surroundings);
  const missing = await charlie(['ingest', 'no such.csv'], surroundings);

  expect(JSON.parse(named.stdout)).toMatchObject({ ingested: 1, downloadedNames: ['sales here.csv'] });
  expect(JSON.parse(found.stdout)).toMatchObject({ ingested: 1, downloadedNames: ['sales there.csv'] });
  expect(missing.exitCode).toBe(5);
  expect(missing.stderr).toContain('no such.csv');
  expect(await pipeline.sql`select id from datasets.sales order by id`).toEqual([{ id: 1 }, { id: 2 }]);
});

test('charlie migrate says what it made, and the second time that nothing is to do; doctor then finds all in order', async () => {
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());
  const env = { CHARLIE_DATABASE__URL: database.url };
  await using pipeline = await Pipeline.start({ toml: salesToml, worker: false, env });
  const surroundings = { cwd: pipeline.dir, env: pipeline.env };

  const first = await charlieHere(['migrate'], surroundings);
  const second = await charlieHere(['migrate'], surroundings);
  expect(first.stdout).toContain('applied  0001-initial.sql');
  expect(first.stdout).toContain('created  datasets.sales');
  expect(second.stdout).toBe('The database is up to date.\n');

  const watched = { CHARLIE_WATCH__DIRECTORIES: join(pipeline.dir, 'nowhere') };
  const alone = await charlieHere(['doctor'], {
    ...surroundings,
    env: { ...pipeline.env, ...watched },
  });
  expect(alone.exitCode).toBe(7);
  expect(alone.stdout).toContain('no worker');
  expect(alone.stdout).toMatch(/nowhere of watch.directories cannot be read/);
  await pipeline.startWorker();
  // In a process of its own: the worker in this one may keep it from the answers for longer than the doctor waits.
  const complete = await charlie(['doctor', '--output', 'json'], surroundings);
  expect(complete).toMatchObject({ exitCode: 0 });
  expect(JSON.parse(complete.stdout)).toEqual(
    expect.arrayContaining([expect.objectContaining({ name: 'Postgres', ok: true })]),
  );
});
