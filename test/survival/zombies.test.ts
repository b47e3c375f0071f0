import { afterAll, expect, test } from 'vitest';

import { assertIntact, assertIntactBeside } from './assert-intact.ts';
import { generateSales } from './generated-files.ts';
import { attemptsOf, putFiles, resultOf, startPipeline, startReports } from './survival-pipeline.ts';
import { andThen, fewFiles, truthOf } from './truth.ts';
import { testTimeout } from './waiting.ts';
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
