import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { defineSearchAttributeKey } from '@temporalio/common';
import { expect, test } from 'vitest';

import { createJob } from '../../src/schedules/edit-job.ts';
import { listJobs } from '../../src/schedules/read-jobs.ts';
import { syncJob } from '../schedules/schedule-server.ts';
import { charlieHere } from '../support/charlie.ts';
import { createNamespace } from '../support/namespace.ts';
import { Pipeline } from '../support/pipeline.ts';
import { salesCsv, salesToml } from '../support/sales.ts';
import { temporal } from '../support/temporal-cli.ts';

const schedulesToml = `
[jobs.nightly]
kind = "sync"
at = ["01:30", "02:30"]
timezone = "Europe/Berlin"

[jobs.archive]
cron = "0 2 1 * *"
`;

test('an operator looks after the jobs on the command line: diff, apply, list, show, preview, pause, resume, trigger, backfill, delete', async () => {
  await using pipeline = await Pipeline.start({
    toml: salesToml,
    env: { CHARLIE_TEMPORAL__NAMESPACE: await createNamespace() },
  });
  await mkdir(join(pipeline.dir, 'temporal-config'));
  await writeFile(join(pipeline.dir, 'temporal-config', 'schedules.toml'), schedulesToml);
  const surroundings = { cwd: pipeline.dir, env: pipeline.env };
  const charlie = (...args: readonly string[]) => charlieHere(['schedules', ...args], surroundings);
  const json = async (...args: readonly string[]) => {
    const { stdout, stderr, exitCode } = await charlie(...args, '--output', 'json');
    expect({ args, exitCode, stderr }).toMatchObject({ exitCode: 0 });
    return JSON.parse(stdout) as unknown;
  };

  // Nothing builds archives yet: that job is refused, the others are made.
  const diff = await charlie('diff');
  expect(diff).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('is not built yet') as string });
  expect(diff.stdout).toContain('+ nightly         would be made');
  const applied = await charlie('apply');
  expect(applied.exitCode).toBe(3);
  expect(applied.stdout).toContain('+ nightly         made');
  await writeFile(
    join(pipeline.dir, 'temporal-config', 'schedules.toml'),
    schedulesToml.split('[jobs.archive]')[0]!,
  );
  expect((await charlie('apply')).stdout).toContain('= nightly         was as declared');

  // The last run of October's night is no run: clocks show 02:30 for the second time.
  const preview = await charlie('preview', 'nightly', '--from', '2026-10-24', '--limit', '5');
  expect(
    preview.stdout
      .split('\n')
      .slice(3, 8)
      .map((line) => line.trim()),
  ).toEqual([
    expect.stringMatching(/^Sat {3}2026-10-24 01:30 \+02:00 {3}2026-10-23 23:30$/),
    expect.stringMatching(/^Sat {3}2026-10-24 02:30 \+02:00 {3}2026-10-24 00:30$/),
    expect.stringMatching(/^Sun {3}2026-10-25 01:30 \+02:00 {3}2026-10-24 23:30$/),
    expect.stringMatching(/^Sun {3}2026-10-25 02:30 \+02:00 {3}2026-10-25 00:30$/),
    expect.stringMatching(/^Sun {3}2026-10-25 02:30 \+01:00 {3}2026-10-25 01:30 {3}skipped: clocks/),
  ]);

  // A pause is one and the same state, whoever makes it and whoever asks.
  expect(await json('pause', 'nightly', '--note', 'moving the library')).toEqual({
    id: 'nightly',
    paused: true,
    note: 'moving the library',
  });
  const described = await temporal(
    pipeline,
    'schedule',
    'describe',
    '--schedule-id',
    'nightly',
    '-o',
    'json',
  );
  expect(JSON.parse(described)).toMatchObject({
    schedule: { state: { paused: true, notes: 'moving the library' } },
  });
  await temporal(
    pipeline,
    ...['schedule', 'toggle', '--schedule-id', 'nightly', '--unpause', '--reason', 'moved'],
  );
  expect(await json('show', 'nightly')).toMatchObject({ paused: false, note: 'moved', overdue: false });
  await charlie('pause', 'nightly');
  expect((await charlie('apply')).stdout).toMatch(/= nightly +was as declared \(paused: paused by /);

  // Also while it is paused, somebody may have it run.
  pipeline.simulator.library.put('sales.csv', salesCsv([{ id: 1 }]));
  expect(await json('trigger', 'nightly')).toMatchObject({ status: 'succeeded', rowsLoaded: 1 });
  expect(await json('trigger', 'hourly-report')).toMatchObject({
    published: expect.any(Number) as number,
  });
  expect(await json('resume', 'nightly', '--note', '')).toMatchObject({ paused: false });

  // The slots of that night, as listed; the repeated one has ended at once.
  const range = ['--from', '2026-10-25', '--to', '2026-10-25 12:00'];
  const unasked = await charlie('backfill', 'nightly', ...range);
  expect(unasked).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('say --yes') as string });
  const slots = { slots: [{ mark: null }, { mark: null }, { mark: 'repeated' }] };
  expect(await json('backfill', 'nightly', ...range, '--dry-run')).toMatchObject({
    started: false,
    ...slots,
  });
  expect(await json('backfill', 'nightly', ...range, '--yes')).toMatchObject({ started: true, ...slots });
  await expect
    .poll(() => outcomes(pipeline), { timeout: 60_000 })
    .toEqual([
      ['nightly-2026-10-24T23:30:00Z', 'succeeded'],
      ['nightly-2026-10-25T00:30:00Z', 'succeeded'],
      ['nightly-2026-10-25T01:30:00Z', 'skipped_dst_fold'],
    ]);
  const recorded = await pipeline.sql`
    select to_char(nominal_time at time zone 'UTC', 'DD HH24:MI') as nominal
    from charlie.run_history where nominal_time < '2026-11-01' order by 1`;
  expect(recorded.map(({ nominal }) => String(nominal))).toEqual(['24 23:30', '25 00:30']);

  // What somebody made elsewhere is listed, too.
  const { client, settings } = pipeline;
  await createJob(client.schedule, settings, syncJob('from-api', settings), {
    origin: 'api',
    replaceExisting: false,
  });
  await expect
    .poll(async () => (await listJobs(client.schedule)).map(({ id, origin }) => `${id} ${origin}`))
    .toEqual(['from-api api', 'hourly-report settings', 'nightly schedules.toml', 'sync settings']);
  const list = await charlie('list');
  expect(list.stdout).toMatch(/nightly +at 01:30, 02:30 Europe\/Berlin +on +\d{4}-\d\d-\d\d \d\d:\d\d/);

  expect(await charlie('delete', 'from-api')).toMatchObject({ exitCode: 2 });
  expect(await json('delete', 'from-api', '--yes')).toEqual({ id: 'from-api', deleted: true });
  expect(await charlie('show', 'from-api')).toMatchObject({ exitCode: 5 });
  expect((await charlie('show', 'nightly')).stdout).toContain('last success');
});

const outcome = defineSearchAttributeKey('CharlieOutcome', 'KEYWORD');

async function outcomes({ client }: Pipeline): Promise<[string, unknown][]> {
  const found: [string, unknown][] = [];
  for await (const { workflowId, typedSearchAttributes } of client.workflow.list({
    query: 'CharlieJob = "nightly" and ExecutionStatus = "Completed"',
  }))
    if (workflowId.includes('2026-10-2')) found.push([workflowId, typedSearchAttributes.get(outcome)]);
  return found.sort();
}
