import { open } from 'node:fs/promises';
import { join } from 'node:path';

import proto from '@temporalio/proto';
import { afterAll, expect, test } from 'vitest';

import type { Pipeline } from '../support/pipeline.ts';
import { assertIntact } from './assert-intact.ts';
import { generateSales } from './generated-files.ts';
import { attemptsOf, ingestedIn, resultOf, retriesOf, startPipeline } from './survival-pipeline.ts';
import { fewFiles, truthOf } from './truth.ts';
import { testTimeout, until } from './waiting.ts';
import { killAllWorkers, WorkerProcess } from './worker-process.ts';

const { PendingActivityState } = proto.temporal.api.enums.v1;

afterAll(killAllWorkers);

test.concurrent('SIGTERM lets the files in work be finished, and nothing is done twice', {
  timeout: testTimeout,
}, async () => {
  const truth = truthOf(fewFiles());
  await using pipeline = await startPipeline(truth.files);
  await using leaving = await WorkerProcess.start(pipeline);
  await using lock = await LockedRows.in(pipeline);
  const run = await pipeline.startSync();
  await lock.isWaitedFor();
  // Nothing else may be on its way: what the server hands to a worker at the moment that it leaves is lost, and tried again.
  await until('all activities have begun to ingest', async () => {
    const { pendingActivities } = (await run.describe()).raw;
    return (pendingActivities ?? []).every(
      ({ activityType, state }) =>
        activityType?.name === 'ingestFiles' && state === PendingActivityState.PENDING_ACTIVITY_STATE_STARTED,
    );
  });

  leaving.signal('SIGTERM');
  await leaving.logs('Shutdown started');
  await lock.release();
  expect(await leaving.end()).toEqual({ code: 0, signal: null });
  expect(await ingestedIn(pipeline)).toBeGreaterThan(0);
  await pipeline.startWorker();
  await resultOf(run, leaving);

  for (const activity of ['downloadFiles', 'ingestFiles']) expect(await retriesOf(run, activity)).toEqual([]);
  await assertIntact(pipeline, truth);
});

const tooShort = { CHARLIE_SCHEDULER__SHUTDOWN_TIMEOUT_SECONDS: '1' };

test.concurrent('a shutdown_timeout_seconds that is too short cuts the work off, and another worker does it again', {
  timeout: testTimeout,
}, async () => {
  const truth = truthOf(fewFiles());
  await using pipeline = await startPipeline(truth.files);
  await using leaving = await WorkerProcess.start(pipeline, undefined, tooShort);
  await using lock = await LockedRows.in(pipeline);
  const run = await pipeline.startSync();
  await lock.isWaitedFor();

  leaving.signal('SIGTERM');
  expect(await leaving.end()).toEqual({ code: 0, signal: null });
  expect(await ingestedIn(pipeline)).toBe(0);
  await lock.release();
  await pipeline.startWorker();
  await resultOf(run, leaving);

  expect(Math.max(...(await attemptsOf(run, 'ingestFiles')))).toBeGreaterThanOrEqual(2);
  await assertIntact(pipeline, truth);
});

test.concurrent('work that cannot be cut off is left to another worker, too', {
  timeout: testTimeout,
}, async () => {
  const truth = truthOf(fewFiles());
  await using pipeline = await startPipeline(truth.files);
  await using leaving = await WorkerProcess.start(pipeline, 'mid-copy:hang', tooShort);
  const run = await pipeline.startSync();
  await until(
    'all files but the one that hangs are done with',
    async () => (await ingestedIn(pipeline)) === 2,
  );

  leaving.signal('SIGTERM');
  expect(await leaving.end()).toEqual({ code: 0, signal: null });
  await pipeline.startWorker();
  await resultOf(run, leaving);

  expect(Math.max(...(await attemptsOf(run, 'ingestFiles')))).toBeGreaterThanOrEqual(2);
  await assertIntact(pipeline, truth);
});

test.concurrent('a local file that is changed while it is read is fetched again', {
  timeout: testTimeout,
}, async () => {
  const file = generateSales('sales.csv', { rows: 30_000, firstId: 1 });
  const truth = truthOf([file]);
  await using pipeline = await startPipeline(truth.files);
  await using reading = await WorkerProcess.start(pipeline, 'mid-copy:stop');
  const run = await pipeline.startSync();
  await reading.stopped();
  await changeLastDigit(join(pipeline.settings.scheduler.ingestionDir, file.path), file.bytes);
  reading.signal('SIGCONT');
  await resultOf(run, reading);

  expect(reading.log).toContain('LocalFileChanged');
  await assertIntact(pipeline, truth);
});

/** In place, as an editor or a script does. */
async function changeLastDigit(path: string, bytes: Buffer): Promise<void> {
  await using handle = await open(path, 'r+');
  const at = bytes.length - 2;
  const digit = bytes.toString('latin1', at, at + 1);
  await handle.write(digit === '7' ? '3' : '7', at);
}

/** Nobody writes rows until it is released. */
class LockedRows implements AsyncDisposable {
  readonly #pipeline: Pipeline;
  readonly #held: Promise<unknown>;
  readonly #release: () => void;

  static async in(pipeline: Pipeline): Promise<LockedRows> {
    const locked = Promise.withResolvers<undefined>();
    const released = Promise.withResolvers<undefined>();
    const held = pipeline.sql.begin(async (tx) => {
      await tx`lock table datasets.sales in exclusive mode`;
      locked.resolve(undefined);
      await released.promise;
    });
    await locked.promise;
    return new LockedRows(pipeline, held, () => {
      released.resolve(undefined);
    });
  }

  private constructor(pipeline: Pipeline, held: Promise<unknown>, release: () => void) {
    this.#pipeline = pipeline;
    this.#held = held;
    this.#release = release;
  }

  async isWaitedFor(): Promise<void> {
    await until('a worker waits for the lock', async () => {
      const [{ waiting }] = await this.#pipeline.sql<[{ waiting: number }]>`
        select count(*) as waiting from pg_locks where relation = 'datasets.sales'::regclass and not granted`;
      return waiting > 0;
    });
  }

  async release(): Promise<void> {
    this.#release();
    await this.#held;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }
}
