import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { WorkflowHandle } from '@temporalio/client';
import { expect, test } from 'vitest';
import { graphQueue } from '../../src/domain/graph-queue.ts';
import type { SyncProgress } from '../../src/domain/sync-run.ts';
import { Pipeline } from '../support/pipeline.ts';
import { manySales, salesCsv, salesToml } from '../support/sales.ts';
import { testTimeout, until } from '../survival/waiting.ts';

/** Longer than what the gateway waits for in its place. */
const pauseSeconds = 6;

async function pausesOf(run: WorkflowHandle): Promise<number[]> {
  const { events } = await run.fetchHistory();
  return (events ?? []).flatMap(({ timerStartedEventAttributes: timer }) => {
    const seconds = Number(timer?.startToFireTimeout?.seconds ?? 0);
    return seconds > 0 && seconds < 60 ? [seconds] : [];
  });
}

async function untilPaused(run: WorkflowHandle): Promise<SyncProgress> {
  let progress: SyncProgress | undefined;
  await until('the run says that it was asked to pause', async () => {
    progress = await run.query<SyncProgress>('progress').catch(() => undefined);
    return progress?.pausedUntil !== undefined;
  });
  return progress!;
}

test('a pause while listing and one while downloading are timers of the run, for all workers: what was asked is asked once more, and no file is charged', {
  timeout: testTimeout,
}, async () => {
  await using pipeline = await Pipeline.start({ toml: salesToml });
  await pipeline.startWorker();
  const { library, faults, requests } = pipeline.simulator;
  const askedFor = (what: string) => requests.filter(({ url }) => url.includes(what)).length;

  for (let file = 0; file < 6; file++) library.put(`sales ${file}.csv`, salesCsv(manySales(3, 10 * file)));
  faults.failNext({ match: /\/delta/, status: 429, retryAfterSeconds: pauseSeconds });
  const listing = await pipeline.startSync();
  expect(await untilPaused(listing)).toMatchObject({ phase: 'waiting', listed: 0 });
  expect(await listing.result()).toMatchObject({
    ...{ status: 'succeeded', listed: 6, downloaded: 6, ingested: 6, failed: 0, rowsLoaded: 18 },
    pausedSeconds: pauseSeconds,
  });
  expect(await pausesOf(listing)).toEqual([pauseSeconds]);
  expect(askedFor('/delta')).toBe(2);
  expect(askedFor('/content')).toBe(6);

  library.put('sales late.csv', salesCsv(manySales(3, 100)));
  faults.failNext({ match: /\/content/, status: 429, retryAfterSeconds: pauseSeconds });
  const downloading = await pipeline.startSync();
  expect(await untilPaused(downloading)).toMatchObject({ phase: 'waiting', total: 1, failed: 0 });
  expect(await downloading.result()).toMatchObject({
    ...{ status: 'succeeded', downloaded: 1, ingested: 1, failed: 0, rowsLoaded: 3 },
    pausedSeconds: pauseSeconds,
  });
  expect(await pausesOf(downloading)).toEqual([pauseSeconds]);
  expect(askedFor('/delta')).toBe(3);
  expect(askedFor('/content')).toBe(8);

  const files = await pipeline.sql`select distinct attempts, state, error from charlie.run_files`;
  expect([...files]).toEqual([{ attempts: 0, state: 'ingested', error: null }]);
  const [rows] = await pipeline.sql<[{ count: number }]>`select count(*) from datasets.sales`;
  expect(rows.count).toBe(21);
});

test('downloads that hang take no slot from those who load other files', {
  timeout: testTimeout,
}, async () => {
  await using pipeline = await Pipeline.start({ toml: salesToml });
  const { library, faults, requests } = pipeline.simulator;
  for (let file = 0; file < 8; file++) library.put(`sales ${file}.csv`, salesCsv(manySales(3, 10 * file)));
  faults.failNext({ match: /download\.aspx/, times: 99, stall: 1 });
  // Eight activities: as many as a worker has slots of each kind.
  const hanging = [await pipeline.startSync(), await pipeline.startSync()];
  await until('eight downloads hang', () =>
    Promise.resolve(requests.filter(({ url }) => url.includes('download.aspx')).length >= 8),
  );
  const local = join(pipeline.dir, 'sales local.csv');
  await writeFile(local, salesCsv(manySales(2, 100)));

  const beside = await pipeline.sync({ job: 'ingest', source: { kind: 'directory', paths: [local] } });

  expect(beside).toMatchObject({ status: 'succeeded', rowsLoaded: 2 });
  const { events } = await hanging[0]!.fetchHistory();
  const queues = (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: scheduled }) =>
    scheduled ? [`${scheduled.activityType?.name}: ${scheduled.taskQueue?.name}`] : [],
  );
  const { taskQueue } = pipeline.settings.temporal;
  expect(queues).toContain(`listFiles: ${graphQueue(taskQueue)}`);
  expect(queues).toContain(`downloadFiles: ${graphQueue(taskQueue)}`);
  expect(queues).toContain(`checkIngested: ${taskQueue}`);
  for (const run of hanging) await run.terminate();
});
