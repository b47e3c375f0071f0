import { expect, test } from 'vitest';

import { Pipeline } from '../support/pipeline.ts';
import { salesCsv, salesToml } from '../support/sales.ts';
import { WorkerProcess } from './worker-process.ts';

test('a file of a dataset that is taken out of the settings during the run is kept for the next run, and the run says why', async () => {
  await using pipeline = await Pipeline.start({ toml: salesToml, worker: false });
  pipeline.simulator.library.put('sales.csv', salesCsv([{ id: 1 }]));
  await using doomed = await WorkerProcess.start(pipeline, 'before-claim:kill');
  const run = await pipeline.startSync();
  expect(await doomed.end()).toEqual({ code: null, signal: 'SIGKILL' });

  const other = await pipeline.startWorker({ ...pipeline.settings, datasets: [] });
  expect(await run.result()).toMatchObject({
    status: 'partial',
    ingested: 0,
    failed: 1,
    problems: [expect.stringMatching(/^sales\.csv: DatasetNotConfigured: .* "sales"/)],
  });
  other.shutdown();
  await other.ended;

  await pipeline.startWorker();
  expect(await pipeline.sync()).toMatchObject({ status: 'succeeded', ingested: 1, rowsLoaded: 1 });
});
