import { afterAll, expect, test } from 'vitest';

import { Hold, places } from '../outages/hold.ts';
import { assertIntact, assertIntactBeside, assertLoaded } from './assert-intact.ts';
import { generateSales } from './generated-files.ts';
import { attemptsOf, putFiles, resultOf, startPipeline, startReports } from './survival-pipeline.ts';
import { andThen, fewFiles, truthOf } from './truth.ts';
import { testTimeout, until } from './waiting.ts';
import { killAllWorkers, WorkerProcess } from './worker-process.ts';

afterAll(killAllWorkers);

test.concurrent.for([
  ['manifest-written', 'checkIngested'],
  ['before-download-rename', 'downloadFiles'],
  ['after-claim', 'ingestFiles'],
  ['mid-copy', 'ingestFiles'],
  ['before-commit', 'ingestFiles'],
  ['after-commit', 'ingestFiles'],
  ['aggregated', 'aggregate'],
  ['before-workbook-rename', 'buildReport'],
] as const)(
  'a worker that freezes at %s is overtaken, and does no harm when it wakes',
  { timeout: testTimeout },
  async ([failpoint, activity]) => {
    const truth = truthOf(fewFiles());
    await using pipeline = await startPipeline(truth.files);
    await using frozen = await WorkerProcess.start(pipeline, `${failpoint}:stop`);
    const sync = await pipeline.startSync();
    if (activity === 'buildReport') await resultOf(sync, frozen);
    const run = activity === 'buildReport' ? await startReports(pipeline) : sync;
    await frozen.stopped();

    const successor = await pipeline.startWorker();
    await resultOf(run, frozen);
    expect(await frozen.state()).toBe('T');
    expect(Math.max(...(await attemptsOf(run, activity)))).toBeGreaterThanOrEqual(2);
    await assertIntactBeside(pipeline, truth);
    successor.shutdown();
    await successor.ended;

    frozen.signal('SIGCONT');
    const more = generateSales('sales for the woken.csv', { firstId: 90_000 });
    putFiles(pipeline, [more]);
    await resultOf(await pipeline.startSync(), frozen);
    await assertIntact(pipeline, andThen(truth, [more]));

    frozen.signal('SIGTERM');
    expect(await frozen.end()).toEqual({ code: 0, signal: null });
    await assertIntact(pipeline, andThen(truth, [more]));
  },
);

test.concurrent('a worker that froze in mid-COPY wakes while its successor copies the same file', {
  timeout: testTimeout,
}, async () => {
  const truth = truthOf(fewFiles());
  await using pipeline = await startPipeline(truth.files);
  await using frozen = await WorkerProcess.start(pipeline, 'mid-copy:stop');
  await using hold = await Hold.at(pipeline.settings.database.url?.reveal() ?? '', places.copying);
  const run = await pipeline.startSync();
  await frozen.stopped();
  await pipeline.startWorker();
  // A task that the server hands to the worker that stands still is lost, so this need not be the second attempt.
  const later = '^charlie .* ([2-9]|[1-9][0-9])$';
  const sessions = () => pipeline.sql`
    select application_name as name, wait_event as waits, query from pg_stat_activity
    where datname = current_database() and application_name like 'charlie %'`;
  await until(
    'a later attempt copies',
    async () => {
      const copying = await pipeline.sql`
        select from pg_stat_activity
        where datname = current_database() and application_name ~ ${later} and query ~ '^[[:space:]]*copy ' and wait_event = 'advisory'`;
      return copying.length > 0;
    },
    async () => JSON.stringify(await sessions()),
  );

  const held = () => pipeline.sql`select from charlie.open_files where lost_process is not null`;
  // That attempt may copy another file first.
  await until('the file that was open is taken over', async () => (await held()).length > 0);

  frozen.signal('SIGCONT');
  // It was taken for lost, and takes that back.
  await until('the woken worker has noticed', async () => (await held()).length === 0);
  await hold.release();

  await resultOf(run, frozen);
  await assertIntact(pipeline, truth);
});

test.concurrent('a worker that froze in mid-COPY wakes when its run was terminated: what the record says stays true', {
  timeout: testTimeout,
}, async () => {
  const truth = truthOf(fewFiles());
  await using pipeline = await startPipeline(truth.files);
  await using frozen = await WorkerProcess.start(pipeline, 'after-claim:stop');
  const run = await pipeline.startSync();
  await frozen.stopped();
  await run.terminate('to see what happens');
  frozen.signal('SIGCONT');
  // Which of the two is first, nobody knows: the worker that hears of the end, or the run that records it.
  await pipeline.startWorker();
  await resultOf(await pipeline.startSync(), frozen);

  const records = await pipeline.sql`
    select status, ingested, (select count(*) from charlie.run_files file where file.run_id = run.run_id and state = 'ingested') as files,
      (select count(*) from charlie.ingestion_log log where log.run_id = run.run_id and state = 'ingested') as loaded
    from charlie.run_history run order by start_ts`;
  expect(records.map(({ status }) => status as string)).toEqual(['terminated', 'succeeded']);
  for (const { ingested, files, loaded } of records) expect([files, loaded]).toEqual([ingested, ingested]);
  await assertLoaded(pipeline, truth);
});
