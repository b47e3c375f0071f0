import { afterAll, expect, test } from 'vitest';

import type { Pipeline } from '../support/pipeline.ts';
import { assertIntact } from './assert-intact.ts';
import { generateSales } from './generated-files.ts';
import { attemptsOf, putFiles, resultOf, startPipeline } from './survival-pipeline.ts';
import { andThen, fewFiles, sum, truthOf } from './truth.ts';
import { testTimeout } from './waiting.ts';
import { killAllWorkers, WorkerProcess } from './worker-process.ts';

afterAll(killAllWorkers);

test.concurrent.for(['mid-copy', 'before-commit', 'after-commit'] as const)(
  'a kill at %s while a changed file takes the place of its former version: readers see one of them, whole',
  { timeout: testTimeout },
  async (failpoint) => {
    const before = truthOf(fewFiles());
    const changed = generateSales('sales 2.csv', { firstId: 20_000, rows: 2300, seed: 'changed' });
    const after = andThen(before, [changed]);
    const [rowsBefore, rowsAfter] = [before, after].map(({ files }) => sum(files, ({ rows }) => rows.length));
    await using pipeline = await startPipeline(before.files);
    const first = await pipeline.startWorker();
    await pipeline.sync();
    first.shutdown();
    await first.ended;

    putFiles(pipeline, [changed]);
    await using doomed = await WorkerProcess.start(pipeline, `${failpoint}:kill`);
    await using reader = new Reader(pipeline);
    const run = await pipeline.startSync();
    expect(await doomed.end()).toEqual({ code: null, signal: 'SIGKILL' });
    expect(await rowsIn(pipeline)).toBe(failpoint === 'after-commit' ? rowsAfter : rowsBefore);
    await pipeline.startWorker();
    await resultOf(run, doomed);

    await reader[Symbol.asyncDispose]();
    expect(reader.seen).toEqual(new Set([rowsBefore, rowsAfter]));
    expect(Math.max(...(await attemptsOf(run, 'ingestFiles')))).toBeGreaterThanOrEqual(2);
    await assertIntact(pipeline, after);
  },
);

/** Counts the rows again and again until it is disposed. */
class Reader implements AsyncDisposable {
  readonly seen = new Set<number>();
  #stopped = false;
  readonly #reading: Promise<void>;

  constructor(pipeline: Pipeline) {
    this.#reading = this.#read(pipeline);
  }

  async #read(pipeline: Pipeline): Promise<void> {
    while (!this.#stopped) this.seen.add(await rowsIn(pipeline));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    await this.#reading;
  }
}

async function rowsIn({ sql }: Pipeline): Promise<number> {
  const [{ rows }] = await sql<[{ rows: number }]>`select count(*) as rows from datasets.sales`;
  return rows;
}
