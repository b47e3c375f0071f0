import { afterAll, expect, test } from 'vitest';

import type { SyncResult } from '../../src/domain/sync-run.ts';
import { salesCsv } from '../support/sales.ts';
import { resultOf, startPipeline } from './survival-pipeline.ts';
import { testTimeout } from './waiting.ts';
import { killAllWorkers, WorkerProcess } from './worker-process.ts';

afterAll(killAllWorkers);

test('a file that kills whoever reads it takes three workers down, and no fourth: it is set aside, and the run goes on', {
  timeout: testTimeout,
}, async () => {
  await using pipeline = await startPipeline([]);
  pipeline.simulator.library.put('sales poisoned.csv', salesCsv([{ id: 1 }]));
  let run: Awaited<ReturnType<typeof pipeline.startSync>> | null = null;
  for (let victim = 1; victim <= 3; victim++) {
    await using doomed = await WorkerProcess.start(pipeline, 'mid-copy:kill');
    run ??= await pipeline.startSync();
    expect(await doomed.end()).toEqual({ code: null, signal: 'SIGKILL' });
    // Who has it open after two takedowns reads nothing else.
    const open = await pipeline.sql`select takedowns from charlie.open_files where opened_by is not null`;
    expect(open).toEqual([{ takedowns: victim - 1 }]);
  }

  await pipeline.startWorker();

  expect(await resultOf<SyncResult>(run!)).toMatchObject({
    status: 'succeeded',
    quarantined: 1,
    ingested: 0,
  });
  expect(await pipeline.sql`select state, reason from charlie.ingestion_log`).toEqual([
    { state: 'quarantined', reason: 'took_down_workers' },
  ]);
  expect(await pipeline.sync()).toMatchObject({ status: 'succeeded', downloaded: 0 });
});
