import { expect, test } from 'vitest';

import type { SyncResult } from '../../src/domain/sync-run.ts';
import { freePort } from '../../src/local/ports.ts';
import { charlie } from '../support/charlie.ts';
import { Pipeline } from '../support/pipeline.ts';
import { salesToml } from '../support/sales.ts';
import { assertLoaded } from '../survival/assert-intact.ts';
import { generateSales } from '../survival/generated-files.ts';
import { resultOf, startPipeline } from '../survival/survival-pipeline.ts';
import { truthOf } from '../survival/truth.ts';
import { testTimeout, until } from '../survival/waiting.ts';
import { WorkerProcess } from '../survival/worker-process.ts';
import { Hold, places } from './hold.ts';
import { ownTemporal } from './own-servers.ts';
import { firstRun, nextRun, startedRuns, stopTicking, tickEverySecond } from './ticking.ts';

const files = Array.from({ length: 12 }, (_, number) =>
  generateSales(`sales ${number}.csv`, { rows: 60, firstId: number * 1000 + 1 }),
);

test('the Temporal server is killed in mid-run and comes back on its file: the worker stays, the run completes, everything is there once, and ticks go on', {
  timeout: testTimeout,
}, async () => {
  await using temporal = await ownTemporal();
  await using pipeline = await startPipeline(files, { CHARLIE_TEMPORAL__ADDRESS: temporal.running.address });
  await using worker = await WorkerProcess.start(pipeline);
  await using hold = await Hold.at(pipeline.settings.database.url?.reveal() ?? '', places.copying);
  const schedule = await tickEverySecond(pipeline);
  const run = await firstRun(pipeline, schedule);
  await hold.reached(4);

  await temporal.die();
  const before = linesOf(worker);
  // The worker ends what it has in work, and has nobody to tell it to.
  await hold.release();
  await until('four files are loaded', async () => {
    const loaded = await pipeline.sql`select from charlie.ingestion_log where state = 'ingested'`;
    return loaded.length === 4;
  });
  await temporal.comeBack();

  expect(await resultOf<SyncResult>(run, worker)).toMatchObject({ status: 'succeeded', failed: 0 });
  expect(linesOf(worker) - before).toBeLessThan(100);
  const known = await startedRuns(pipeline, schedule);
  const next = await nextRun(pipeline, schedule, known);
  expect(await resultOf<SyncResult>(next, worker)).toMatchObject({ status: 'succeeded', downloaded: 0 });
  await stopTicking(schedule);
  await assertLoaded(pipeline, truthOf(files));
  worker.signal('SIGTERM');
  expect(await worker.end()).toEqual({ code: 0, signal: null });
});

function linesOf({ log }: WorkerProcess): number {
  return log.split('\n').length;
}

test('a worker that finds no Temporal server, or no Postgres, says which and ends with exit code 7', async () => {
  await using pipeline = await Pipeline.start({ toml: salesToml, worker: false });
  const nowhere = `127.0.0.1:${await freePort()}`;
  const { dir: cwd, env } = pipeline;

  const [withoutTemporal, withoutPostgres] = await Promise.all([
    charlie(['worker'], { cwd, env: { ...env, CHARLIE_TEMPORAL__ADDRESS: nowhere } }),
    charlie(['worker'], {
      cwd,
      env: { ...env, CHARLIE_DATABASE__URL: `postgres://charlie:secret@${nowhere}/charlie` },
    }),
  ]);

  expect(withoutTemporal).toMatchObject({ exitCode: 7, stdout: '' });
  expect(withoutTemporal.stderr).toContain(`No Temporal server answers at ${nowhere}`);
  expect(withoutPostgres).toMatchObject({ exitCode: 7, stdout: '' });
  expect(withoutPostgres.stderr).toMatch(/Postgres did not answer .*ECONNREFUSED/);
  expect(withoutPostgres.stderr).not.toContain('secret');
  for (const { stderr } of [withoutTemporal, withoutPostgres])
    expect(stderr.trim().split('\n')).toHaveLength(1);
});
