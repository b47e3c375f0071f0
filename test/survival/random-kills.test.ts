import { afterAll, expect, test } from 'vitest';

import { Random } from '../../src/simulator/generator/random.ts';
import { assertIntact } from './assert-intact.ts';
import { assertNothingHalfDone } from './assert-nothing-left.ts';
import { generateSales } from './generated-files.ts';
import { attemptsOf, ingestedIn, resultOf, startPipeline } from './survival-pipeline.ts';
import { truthOf } from './truth.ts';
import { until } from './waiting.ts';
import { killAllWorkers, WorkerProcess } from './worker-process.ts';

afterAll(killAllWorkers);

const kills = 12;
const filesBetween = 15;

test('a run of 200 files goes through while its two workers are killed twelve times', {
  // Each kill costs a time limit of what the worker had in work.
  timeout: 900_000,
}, async () => {
  const random = new Random('whom to kill');
  const truth = truthOf(
    Array.from({ length: 200 }, (_, index) =>
      generateSales(`sales ${index}.csv`, { rows: 40, firstId: index * 100 }),
    ),
  );
  await using pipeline = await startPipeline(truth.files);
  await using all = new AsyncDisposableStack();
  const spawn = (): WorkerProcess => all.use(WorkerProcess.spawn(pipeline));
  const workers: [WorkerProcess, WorkerProcess] = [spawn(), spawn()];
  await Promise.all(workers.map((worker) => worker.ready()));
  const run = await pipeline.startSync({}, '15 minutes');

  for (let kill = 1; kill <= kills; kill++) {
    const enough = kill * filesBetween;
    await until(`${enough} files are ingested`, async () => (await ingestedIn(pipeline)) >= enough);
    const victim = random.integer(0, 1) as 0 | 1;
    await workers[victim].ready();
    workers[victim].signal('SIGKILL');
    expect(await workers[victim].end()).toEqual({ code: null, signal: 'SIGKILL' });
    workers[victim] = spawn();
    await assertNothingHalfDone(pipeline, truth);
  }
  await resultOf(run, ...workers);

  const attempts = [...(await attemptsOf(run, 'downloadFiles')), ...(await attemptsOf(run, 'ingestFiles'))];
  expect(attempts.filter((attempt) => attempt > 1).length).toBeGreaterThan(0);
  await assertIntact(pipeline, truth);
});
