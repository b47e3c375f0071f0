import { expect, test } from 'vitest';

import { applyJobs } from '../../src/schedules/apply-jobs.ts';
import { createJob } from '../../src/schedules/edit-job.ts';
import { jobsOf } from '../../src/schedules/jobs.ts';
import { disabledNote } from '../../src/schedules/pause-notes.ts';
import { loadSettings } from '../../src/settings/load-settings.ts';
import { charlieHere } from '../support/charlie.ts';
import { createNamespace } from '../support/namespace.ts';
import { Pipeline } from '../support/pipeline.ts';
import { manySales, salesCsv, salesToml } from '../support/sales.ts';
import { temporal } from '../support/temporal-cli.ts';
import { daily } from './cadences.ts';
import { syncJob } from './schedule-server.ts';

async function startWithJobs(toml = salesToml): Promise<Pipeline> {
  const pipeline = await Pipeline.start({
    toml,
    env: { CHARLIE_TEMPORAL__NAMESPACE: await createNamespace() },
  });
  await applyJobs(pipeline.client.schedule, jobsOf(pipeline.settings));
  return pipeline;
}

async function runsOf(pipeline: Pipeline): Promise<{ nominal: string; status: string; listed: number }[]> {
  return pipeline.sql`
    select to_char(nominal_time at time zone 'UTC', 'YYYY-MM-DD HH24:MI') as nominal, status, listed
    from charlie.run_history order by nominal_time`;
}

test('an operator pauses, triggers and resumes the sync job with the temporal CLI, and applying the settings keeps the pause', async () => {
  await using pipeline = await startWithJobs();
  const handle = pipeline.client.schedule.getHandle('sync');
  pipeline.simulator.library.put('sales.csv', salesCsv(manySales(3)));

  await temporal(
    pipeline,
    'schedule',
    'toggle',
    '--schedule-id',
    'sync',
    '--pause',
    '--reason',
    'moving the library',
  );
  await applyJobs(pipeline.client.schedule, jobsOf(pipeline.settings));
  expect((await handle.describe()).state).toMatchObject({ paused: true, note: 'moving the library' });

  await temporal(pipeline, 'schedule', 'trigger', '--schedule-id', 'sync');
  await expect
    .poll(() => runsOf(pipeline), { timeout: 30_000 })
    .toMatchObject([{ status: 'succeeded', listed: 1 }]);

  await temporal(pipeline, 'schedule', 'toggle', '--schedule-id', 'sync', '--unpause', '--reason', 'moved');
  await applyJobs(pipeline.client.schedule, jobsOf(pipeline.settings));
  expect((await handle.describe()).state).toMatchObject({ paused: false, note: 'moved' });
});

test('a backfilled slot sees the files of its own hour, and each slot is a run of its own', async () => {
  await using pipeline = await startWithJobs();
  const { library } = pipeline.simulator;
  for (const hour of [9, 10, 11]) {
    const modifiedAt = new Date(`2026-11-20T${String(hour).padStart(2, '0')}:30:00Z`);
    library.put(`sales ${hour}.csv`, salesCsv([{ id: hour }]), { modifiedAt });
  }

  await temporal(
    pipeline,
    ...['schedule', 'backfill', '--schedule-id', 'sync', '--overlap-policy', 'BufferAll'],
    ...['--start-time', '2026-11-20T10:00:00Z', '--end-time', '2026-11-20T11:00:00Z'],
  );

  await expect
    .poll(() => runsOf(pipeline), { timeout: 60_000 })
    .toMatchObject([
      { nominal: '2026-11-20 10:00', status: 'succeeded' },
      { nominal: '2026-11-20 11:00', status: 'succeeded' },
    ]);
  const loaded = await pipeline.sql`
    select sales.id, to_char(run.nominal_time at time zone 'UTC', 'HH24:MI') as slot
    from datasets.sales join charlie.ingestion_log log on log.file_id = sales._file_id
    join charlie.run_history run using (run_id) order by id`;
  expect(loaded).toEqual([
    { id: 9, slot: '10:00' },
    { id: 10, slot: '11:00' },
  ]);
});

test('a tick within the catch-up window of its own job is no backfill: it takes what came before its slot, too', async () => {
  await using pipeline = await startWithJobs();
  const { client, settings } = pipeline;
  const cadences = [daily('UTC', '11:00')];
  const definition = syncJob('patient', settings, { cadences, catchupMinutes: 525_600 });
  await createJob(client.schedule, settings, definition, { origin: 'api', replaceExisting: false });
  const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
  for (const days of [4, 2]) {
    const modifiedAt = new Date(`${daysAgo(days)}T09:30:00Z`);
    pipeline.simulator.library.put(`sales ${days}.csv`, salesCsv([{ id: days }]), { modifiedAt });
  }

  await temporal(
    pipeline,
    ...['schedule', 'backfill', '--schedule-id', 'patient', '--overlap-policy', 'BufferAll'],
    ...['--start-time', `${daysAgo(2)}T11:00:00Z`, '--end-time', `${daysAgo(2)}T11:00:00Z`],
  );

  await expect
    .poll(() => runsOf(pipeline), { timeout: 60_000 })
    .toMatchObject([{ nominal: `${daysAgo(2)} 11:00`, status: 'succeeded' }]);
  expect(await pipeline.sql`select id from datasets.sales order by id`).toEqual([{ id: 2 }, { id: 4 }]);
});

test('a job that the settings disable is paused with that note, and resumed when they enable it', async () => {
  await using pipeline = await startWithJobs();
  const { schedule } = pipeline.client;
  const { settings: disabled } = loadSettings({
    cwd: pipeline.dir,
    env: { ...pipeline.env, CHARLIE_SCHEDULER__ENABLED: 'false' },
  });

  await applyJobs(schedule, jobsOf(disabled));
  expect((await schedule.getHandle('sync').describe()).state).toMatchObject({
    paused: true,
    note: disabledNote,
  });

  await applyJobs(schedule, jobsOf(pipeline.settings));
  expect((await schedule.getHandle('sync').describe()).state).toMatchObject({ paused: false });
});

test('charlie trigger waits for the run and tells its outcome; beside a run that is under way it is skipped, unless forced', async () => {
  await using pipeline = await startWithJobs();
  pipeline.simulator.library.put('sales.csv', salesCsv(manySales(3)));
  const surroundings = { cwd: pipeline.dir, env: pipeline.env };

  const first = await charlieHere(['trigger', '--output', 'json'], surroundings);
  expect(first).toMatchObject({ exitCode: 0 });
  expect(JSON.parse(first.stdout)).toMatchObject({ status: 'succeeded', ingested: 1, rowsLoaded: 3 });

  // The schedule hears of the end of a run a moment after whoever waits for it.
  const job = pipeline.client.schedule.getHandle('sync');
  await expect.poll(async () => (await job.describe()).info.runningActions).toEqual([]);
  // A run that nobody works on stays under way.
  const { settings: elsewhere } = loadSettings({
    cwd: pipeline.dir,
    env: { ...pipeline.env, CHARLIE_TEMPORAL__TASK_QUEUE: 'nobody-works-here' },
  });
  await applyJobs(pipeline.client.schedule, jobsOf(elsewhere));
  const waiting = await charlieHere(['trigger', '--no-wait'], surroundings);
  expect(waiting).toMatchObject({ exitCode: 0 });

  const skipped = await charlieHere(['trigger'], surroundings);
  expect(skipped.exitCode).toBe(9);
  expect(skipped.stderr).toContain(waiting.stdout.trim());

  await applyJobs(pipeline.client.schedule, jobsOf(pipeline.settings));
  const forced = await charlieHere(['trigger', '--force'], surroundings);
  expect(forced).toMatchObject({ exitCode: 0 });
  expect(forced.stdout).toContain('listed');
  await pipeline.client.workflow.getHandle(waiting.stdout.trim()).terminate();
});
