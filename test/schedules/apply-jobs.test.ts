import { expect, test } from 'vitest';

import { applyJobs, diffJobs, type JobChange } from '../../src/schedules/apply-jobs.ts';
import { createJob } from '../../src/schedules/edit-job.ts';
import { compileJobs, jobsOf } from '../../src/schedules/jobs.ts';
import { disabledNote, undeclaredNote } from '../../src/schedules/pause-notes.ts';
import { declarationOf, describeJob, listJobs } from '../../src/schedules/read-jobs.ts';
import { loadToml } from '../settings/settings-folder.ts';
import { changeJob, type ScheduleServer, scheduleServer, syncJob } from './schedule-server.ts';

const complete = { complete: ['settings', 'schedules.toml'] } as const;

function outcomes(changes: readonly JobChange[]): Record<string, string> {
  return Object.fromEntries(changes.map(({ id, outcome }) => [id, outcome]));
}

/** Temporal's list is a moment behind. */
async function listed({ client }: ScheduleServer, ids: readonly string[]): Promise<void> {
  await expect
    .poll(async () => (await listJobs(client.schedule)).map(({ id }) => id))
    .toEqual(expect.arrayContaining([...ids]));
}

test('applying makes the jobs, and applying again changes nothing', async () => {
  await using server = await scheduleServer(
    '[scheduler]\nquad_daily_times = ["02:30", "09:05"]\ntimezone = "Europe/Berlin"',
  );
  const { client, settings } = server;
  const jobs = jobsOf(settings);
  expect(outcomes(await diffJobs(client.schedule, jobs))).toEqual({
    sync: 'created',
    'hourly-report': 'created',
  });
  await expect(describeJob(client.schedule, 'sync')).rejects.toThrow('There is no job "sync"');

  expect(outcomes(await applyJobs(client.schedule, jobs))).toEqual({
    sync: 'created',
    'hourly-report': 'created',
  });
  const { version } = await describeJob(client.schedule, 'sync');
  const again = await applyJobs(client.schedule, jobsOf(settings));
  expect(again.map(({ outcome, differences }) => ({ outcome, differences }))).toEqual([
    { outcome: 'unchanged', differences: [] },
    { outcome: 'unchanged', differences: [] },
  ]);
  expect(await describeJob(client.schedule, 'sync')).toMatchObject({ version });
});

test('a diff says what a person has changed in Temporal, and applying takes it back but for the pause and its note', async () => {
  await using server = await scheduleServer();
  const { client, settings } = server;
  const jobs = jobsOf(settings);
  await applyJobs(client.schedule, jobs);
  const handle = client.schedule.getHandle('sync');
  await handle.update((current) => ({
    ...current,
    spec: { intervals: [{ every: '10 minutes' }] },
    policies: { ...current.policies, overlap: 'ALLOW_ALL' },
    action: { ...current.action, workflowRunTimeout: '5 minutes' },
    state: { paused: true, note: 'moving the library' },
  }));
  expect((await describeJob(client.schedule, 'sync')).changed).toEqual([
    { what: 'due', now: 'every 10 minutes', wanted: 'every hour' },
    { what: 'overlap', now: 'ALLOW_ALL', wanted: 'SKIP' },
    { what: 'time limit of a run', now: '5 minutes', wanted: '2 hours' },
  ]);

  const [sync] = await applyJobs(client.schedule, jobs);

  expect(sync).toMatchObject({ outcome: 'updated', paused: true, note: 'moving the library' });
  expect(sync?.differences.map(({ what }) => what)).toEqual(['due', 'overlap', 'time limit of a run']);
  expect(await describeJob(client.schedule, 'sync')).toMatchObject({
    cadence: 'every hour',
    overlap: 'skip',
    changed: [],
    paused: true,
    note: 'moving the library',
  });
});

test('jobs that were made over the API or by hand are left alone, and one that is declared no more is paused', async () => {
  await using server = await scheduleServer();
  const { client, settings } = server;
  const hourly = [{ kind: 'interval' as const, seconds: 3600, offsetSeconds: 0 }];
  const declared = compileJobs(settings, [syncJob('nightly', settings, { cadences: hourly })]);
  await applyJobs(client.schedule, declared.jobs, complete);
  const ours = syncJob('from-api', settings, { cadences: hourly });
  await createJob(client.schedule, settings, ours, { origin: 'api', replaceExisting: false });
  await client.schedule.create({
    scheduleId: 'by-hand',
    spec: { intervals: [{ every: '1 day' }] },
    action: { type: 'startWorkflow', workflowType: 'SyncAndIngestWorkflow', taskQueue: 'nobody' },
  });
  await listed(server, ['by-hand', 'from-api', 'nightly', 'sync']);

  const wanted = { ...ours, overlap: 'allow' as const };
  const without = compileJobs(settings, [syncJob('from-api', settings, wanted)]);
  expect(outcomes(await diffJobs(client.schedule, without.jobs, complete))).toMatchObject({
    nightly: 'undeclared',
    'from-api': 'left',
  });
  expect(await describeJob(client.schedule, 'nightly')).toMatchObject({ paused: false });
  await applyJobs(client.schedule, without.jobs, complete);

  expect(await describeJob(client.schedule, 'nightly')).toMatchObject({ paused: true, note: undeclaredNote });
  expect(await describeJob(client.schedule, 'from-api')).toMatchObject({ overlap: 'skip', paused: false });
  expect(await describeJob(client.schedule, 'by-hand')).toMatchObject({
    origin: 'temporal',
    definition: null,
    cadence: 'every day',
    paused: false,
  });

  // Declared anew, it goes on.
  await applyJobs(client.schedule, declared.jobs, complete);
  expect(await describeJob(client.schedule, 'nightly')).toMatchObject({ paused: false, note: '' });
});

test('a job of a kind that nothing builds yet is refused by its name, and the others are applied', async () => {
  await using server = await scheduleServer();
  const { settings } = server;
  const archive = { ...syncJob('archive', settings), kind: 'archive' as const };
  const { jobs, refused } = compileJobs(settings, [archive]);
  expect(jobs.map(({ id }) => id)).toEqual(['sync', 'hourly-report']);
  expect(refused.map(({ message }) => message)).toEqual([
    'The job "archive" cannot be scheduled: kind is archive, and what that starts is not built yet.',
  ]);
});

test('schedules are told of the years to come in which clocks are put forward, also those that were made over the API, unless somebody has changed them', async () => {
  await using server = await scheduleServer();
  const { client, settings } = server;
  const nightly = [{ kind: 'daily' as const, times: ['02:30'], timezone: 'Europe/Berlin' }];
  for (const id of ['old', 'edited']) {
    const definition = syncJob(id, settings, { cadences: nightly });
    await createJob(client.schedule, settings, definition, { origin: 'api', replaceExisting: false });
    // As if it had been made years ago.
    await client.schedule.getHandle(id).update((current) => ({
      ...current,
      spec: {
        ...current.spec,
        calendars: (current.spec.calendars ?? []).slice(0, id === 'old' ? 2 : 1),
        ...(id === 'old' ? {} : { jitter: 60_000 }),
      },
    }));
  }
  await listed(server, ['edited', 'old']);
  const calendars = async (id: string) =>
    (await client.schedule.getHandle(id).describe()).spec.calendars?.length ?? 0;
  expect(await Promise.all(['old', 'edited'].map(calendars))).toEqual([2, 1]);
  // That is nobody's change.
  expect((await describeJob(client.schedule, 'old')).changed).toEqual([]);
  expect((await describeJob(client.schedule, 'edited')).changed.map(({ what }) => what)).toEqual(['jitter']);

  await applyJobs(client.schedule, jobsOf(settings));

  // The present year, one before, three after.
  expect(await Promise.all(['old', 'edited'].map(calendars))).toEqual([6, 1]);
  expect(declarationOf(await client.schedule.getHandle('old').describe())?.origin).toBe('api');
});

test('settings that switch all jobs off pause them with that note, but not those of the API', async () => {
  await using server = await scheduleServer('[scheduler]\nenabled = false');
  const { client, settings } = server;
  const { settings: on } = loadToml('');
  await createJob(client.schedule, settings, syncJob('from-api', on), {
    origin: 'api',
    replaceExisting: false,
  });
  await applyJobs(client.schedule, jobsOf(settings));
  expect(await describeJob(client.schedule, 'sync')).toMatchObject({ paused: true, note: disabledNote });
  expect(await describeJob(client.schedule, 'from-api')).toMatchObject({ paused: false });
  await changeJob(server, 'from-api', { enabled: false });
  expect(await describeJob(client.schedule, 'from-api')).toMatchObject({ paused: true, note: disabledNote });
});
