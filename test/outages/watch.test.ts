import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, expect, test } from 'vitest';

import { createTestDatabase } from '../support/with-database.ts';
import { testTimeout, until } from '../survival/waiting.ts';
import { killAllWorkers, WorkerProcess } from '../survival/worker-process.ts';
import { csv, untilLoaded, untilNoRunIsOpen, watchedPipeline } from '../watch/watching.ts';
import { ownPostgres, ownTemporal } from './own-servers.ts';

afterAll(killAllWorkers);

function timesSaid({ log }: WorkerProcess, message: string): number {
  return log.split(`"msg":"${message}`).length - 1;
}

test('a watch that finds no Temporal server says so once, and loads what was dropped when it is back', {
  timeout: testTimeout,
}, async () => {
  await using temporal = await ownTemporal();
  await using pipeline = await watchedPipeline({ CHARLIE_TEMPORAL__ADDRESS: temporal.running.address });
  await using worker = await WorkerProcess.start(pipeline, undefined, {}, { watch: true });
  await worker.logs('Watching folders');

  await temporal.die();
  await writeFile(join(pipeline.dropped, 'sales 1.csv'), csv(1));
  await worker.logs('The watch waits');
  await temporal.comeBack();

  await untilLoaded(pipeline, [1]);
  await worker.logs('The watch goes on');
  expect(timesSaid(worker, 'The watch waits')).toBe(1);
  await untilNoRunIsOpen(pipeline);
});

test('a watch that finds no Postgres says so once, however often it asks, and loads what was dropped when it is back', {
  timeout: testTimeout,
}, async () => {
  await using postgres = await ownPostgres();
  const { url } = await createTestDatabase(postgres.running.url);
  await using pipeline = await watchedPipeline({ CHARLIE_DATABASE__URL: url });
  await using worker = await WorkerProcess.start(pipeline, undefined, {}, { watch: true });
  await writeFile(join(pipeline.dropped, 'sales 1.csv'), csv(1));
  await untilLoaded(pipeline, [1]);
  await untilNoRunIsOpen(pipeline);

  await postgres.die();
  await writeFile(join(pipeline.dropped, 'sales 2.csv'), csv(2));
  await worker.logs('The watch waits');
  // Not taken by any dataset: each is told of by a later look.
  for (const name of ['one.txt', 'other.txt']) {
    await writeFile(join(pipeline.dropped, name), '');
    await until(`${name} is seen`, () => worker.log.includes(name));
  }
  expect(timesSaid(worker, 'The watch waits')).toBe(1);
  await postgres.comeBack();

  await untilLoaded(pipeline, [1, 2]);
  await worker.logs('The watch goes on');
  await untilNoRunIsOpen(pipeline);
});
