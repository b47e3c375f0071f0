import { readdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

import type { WorkflowHandle } from '@temporalio/client';
import proto from '@temporalio/proto';
import { expect, test } from 'vitest';

import type { ChunkInput } from '../../activities/contract.ts';
import { placeOf } from '../../src/directory/ingestion-dir.ts';
import type { Settings } from '../../src/settings/settings.ts';
import { charlie } from '../support/charlie.ts';
import { Pipeline } from '../support/pipeline.ts';
import { manySales, salesCsv, salesToml } from '../support/sales.ts';

const { TIMEOUT_TYPE_SCHEDULE_TO_START: scheduleToStart } = proto.temporal.api.enums.v1.TimeoutType;

/** Two folders that know nothing of each other serve as two hosts. */
function hostOf(pipeline: Pipeline, name: string, shutdownTimeoutSeconds = 30): Settings {
  const ingestionDir = join(pipeline.dir, name);
  return {
    ...pipeline.settings,
    scheduler: { ...pipeline.settings.scheduler, ingestionDir, shutdownTimeoutSeconds },
  };
}

function putFiles({ simulator }: Pipeline, count: number): string[] {
  const names = Array.from({ length: count }, (_, file) => `sales ${file}.csv`);
  for (const [file, name] of names.entries()) simulator.library.put(name, salesCsv(manySales(10, 10 * file)));
  return names;
}

async function assertEveryRowOnce({ sql }: Pipeline, files: number): Promise<void> {
  const rows = await sql<{ id: number }[]>`select id from datasets.sales order by id`;
  expect(rows.map(({ id }) => id)).toEqual(Array.from({ length: 10 * files }, (_, id) => id));
}

/** Names of the files by the task queue on which their last ingest was asked for. */
async function filesByQueue(pipeline: Pipeline, run: WorkflowHandle): Promise<Map<string, string[]>> {
  const { events } = await run.fetchHistory();
  const queues = new Map<number, string>();
  for (const { activityTaskScheduledEventAttributes: scheduled } of events ?? []) {
    if (scheduled?.activityType?.name !== 'ingestFiles') continue;
    const input = Buffer.from(scheduled.input?.payloads?.[0]?.data ?? []).toString();
    queues.set((JSON.parse(input) as ChunkInput).chunk, scheduled.taskQueue?.name ?? '');
  }
  const files = await pipeline.sql<{ name: string; chunk: number }[]>`
    select name, chunk from charlie.run_files join charlie.ingestion_log using (file_id)`;
  const names = Map.groupBy(files, ({ chunk }) => queues.get(chunk) ?? '');
  return new Map([...names].map(([queue, group]) => [queue, group.map(({ name }) => name).toSorted()]));
}

async function csvFilesIn(dir: string): Promise<string[]> {
  return (await readdir(dir)).filter((name) => name.endsWith('.csv')).toSorted();
}

test('each file is ingested on the host that downloaded it', async () => {
  await using pipeline = await Pipeline.start({ toml: salesToml, worker: false });
  const hosts = [hostOf(pipeline, 'host one'), hostOf(pipeline, 'host two')];
  for (const host of hosts) await pipeline.startWorker(host);
  const names = putFiles(pipeline, 24);

  const run = await pipeline.startSync();
  expect(await run.result()).toMatchObject({ status: 'succeeded', ingested: 24, failed: 0 });

  await assertEveryRowOnce(pipeline, 24);
  const byQueue = await filesByQueue(pipeline, run);
  expect([...byQueue.values()].flat().toSorted()).toEqual(names.toSorted());
  for (const { scheduler, temporal } of hosts) {
    const queue = `${temporal.taskQueue}.place-${await placeOf(scheduler.ingestionDir)}`;
    expect(byQueue.get(queue)).toEqual(await csvFilesIn(scheduler.ingestionDir));
  }
  const paths = await pipeline.sql<{ path: string }[]>`select local_path as path from charlie.run_files`;
  for (const { path } of paths) expect(names).toContain(basename(path));
});

test('when a host is gone before it could ingest, its files are fetched again by another, and every row is there once', async () => {
  await using pipeline = await Pipeline.start({ toml: salesToml, worker: false });
  const names = putFiles(pipeline, 4);
  const [gone, other] = [hostOf(pipeline, 'gone', 0), hostOf(pipeline, 'other')];
  const first = await pipeline.startWorker(gone);

  const run = await pipeline.sql.begin(async (tx) => {
    // Whoever loads a file marks an hour as stale: it waits for this lock.
    await tx`lock table charlie.stale_hours in share row exclusive mode`;
    const started = await pipeline.startSync();
    await expect.poll(() => csvFilesIn(gone.scheduler.ingestionDir), { timeout: 30_000 }).toHaveLength(4);
    await expect.poll(() => waitingForLocks(pipeline), { timeout: 30_000 }).toBe(4);
    first.shutdown();
    await first.ended;
    await rm(gone.scheduler.ingestionDir, { recursive: true });
    return started;
  });
  await pipeline.startWorker(other);

  expect(await run.result()).toMatchObject({ status: 'succeeded', downloaded: 4, ingested: 4, failed: 0 });
  await assertEveryRowOnce(pipeline, 4);
  expect(await csvFilesIn(other.scheduler.ingestionDir)).toEqual(names);
  const queue = `${other.temporal.taskQueue}.place-${await placeOf(other.scheduler.ingestionDir)}`;
  expect(await filesByQueue(pipeline, run)).toEqual(new Map([[queue, names]]));
  expect(await unclaimed(run)).toBe(4);
});

/** Activities that no worker took in time. */
async function unclaimed(run: WorkflowHandle): Promise<number> {
  const { events } = await run.fetchHistory();
  const causes = (events ?? []).map((event) => event.activityTaskTimedOutEventAttributes?.failure);
  return causes.filter((cause) => cause?.timeoutFailureInfo?.timeoutType === scheduleToStart).length;
}

async function waitingForLocks({ sql }: Pipeline): Promise<number> {
  const [{ waiting }] = await sql<[{ waiting: number }]>`
    select count(*)::int as waiting from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock' and query like '%stale_hours%'`;
  return waiting;
}

test('a worker whose ingestion_dir cannot be used does not start, and says why', async () => {
  await using pipeline = await Pipeline.start({ toml: salesToml, worker: false });
  const taken = join(pipeline.dir, 'taken');
  await writeFile(taken, 'a file');
  const env = { ...pipeline.env, CHARLIE_SCHEDULER__INGESTION_DIR: join(taken, 'incoming') };

  const { exitCode, stderr } = await charlie(['worker'], { cwd: pipeline.dir, env });

  expect(exitCode).toBe(1);
  expect(stderr.trim().split('\n')).toEqual([
    expect.stringMatching(/^charlie: The folder for downloads, .*taken\/incoming, cannot be made or written/),
  ]);
});
