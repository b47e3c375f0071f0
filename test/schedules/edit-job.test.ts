import { expect, test } from 'vitest';

import type { Cadence, JobDefinition, Overlap } from '../../src/domain/job.ts';
import { applyJobs } from '../../src/schedules/apply-jobs.ts';
import { JobRefused } from '../../src/schedules/check-job.ts';
import {
  createJob,
  deleteJob,
  JobChangedMeanwhile,
  JobExists,
  pauseJob,
  replaceJob,
  resumeJob,
} from '../../src/schedules/edit-job.ts';
import { JobNotFound } from '../../src/schedules/job-not-found.ts';
import { jobSchedule } from '../../src/schedules/job-schedule.ts';
import { jobsOf } from '../../src/schedules/jobs.ts';
import { describeJob } from '../../src/schedules/read-jobs.ts';
import { ScheduleOfOthers } from '../../src/schedules/schedule-of-others.ts';
import { readSchedule, writeSchedule } from '../../src/schedules/schedule-store.ts';
import { triggerJob } from '../../src/schedules/trigger-job.ts';
import { daily } from './cadences.ts';
import { changeJob, scheduleServer, syncJob } from './schedule-server.ts';

const hourly = [{ kind: 'interval' as const, seconds: 3600, offsetSeconds: 0 }];
const made = { origin: 'api', replaceExisting: false } as const;

test('a job that is there already is refused, or replaced keeping its pause, its note and its counters', async () => {
  await using server = await scheduleServer();
  const { client, settings } = server;
  const definition = syncJob('nightly', settings, { cadences: hourly });
  expect(await createJob(client.schedule, settings, definition, made)).toMatchObject({ outcome: 'created' });
  await pauseJob(client.schedule, 'nightly', 'moving the library');
  const { createdAt } = await describeJob(client.schedule, 'nightly');

  await expect(createJob(client.schedule, settings, definition, made)).rejects.toThrow(JobExists);
  const later = { ...definition, catchupMinutes: 120 };
  const replaced = await createJob(client.schedule, settings, later, { ...made, replaceExisting: true });

  expect(replaced).toMatchObject({ outcome: 'updated', paused: true });
  expect(replaced.differences.map(({ what }) => what)).toEqual([
    'catch-up',
    'what a run is given',
    'definition',
  ]);
  expect(await describeJob(client.schedule, 'nightly')).toMatchObject({
    definition: later,
    catchupMinutes: 120,
    paused: true,
    note: 'moving the library',
    createdAt,
  });
  await resumeJob(client.schedule, 'nightly', 'moved');
  expect(await describeJob(client.schedule, 'nightly')).toMatchObject({ paused: false, note: 'moved' });
  await deleteJob(client.schedule, 'nightly');
  await expect(describeJob(client.schedule, 'nightly')).rejects.toThrow(JobNotFound);
  await expect(deleteJob(client.schedule, 'nightly')).rejects.toThrow(JobNotFound);
  await expect(pauseJob(client.schedule, 'nightly', 'why')).rejects.toThrow(JobNotFound);
});

test('a job that is deleted while it is replaced is made anew', async () => {
  await using server = await scheduleServer();
  const { client, settings } = server;
  const jobs = Array.from({ length: 24 }, (_, index) =>
    syncJob(`nightly-${index}`, settings, { cadences: hourly }),
  );
  await Promise.all(jobs.map((job) => createJob(client.schedule, settings, job, made)));

  const outcomes = await Promise.all(
    jobs.map(async (job, index) => {
      const changed = { ...job, catchupMinutes: 120 };
      const replaced = createJob(client.schedule, settings, changed, { ...made, replaceExisting: true });
      // The deletions are spread over all that replacing asks of the server.
      for (let left = index % 8; left > 0; left--) await readSchedule(client.schedule, job.id);
      await deleteJob(client.schedule, job.id);
      return (await replaced).outcome;
    }),
  );

  for (const outcome of outcomes) expect(['created', 'updated']).toContain(outcome);
});

test('changes that are made at the same time all last: each is made on what the others have left', async () => {
  await using server = await scheduleServer();
  const { client, settings } = server;
  await createJob(client.schedule, settings, syncJob('nightly', settings, { cadences: hourly }), made);

  const changes = await Promise.allSettled([
    changeJob(server, 'nightly', { catchupMinutes: 90 }),
    changeJob(server, 'nightly', { overlap: 'queue' }),
    changeJob(server, 'nightly', { runTimeoutMinutes: 15 }),
  ]);

  expect(changes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
  expect(await describeJob(client.schedule, 'nightly')).toMatchObject({
    catchupMinutes: 90,
    overlap: 'queue',
    runTimeoutMinutes: 15,
    definition: { catchupMinutes: 90, overlap: 'queue', runTimeoutMinutes: 15 },
  });
});

test('who has seen an older version is told so, and a write that comes too late is noticed', async () => {
  await using server = await scheduleServer();
  const { client, settings } = server;
  const definition = syncJob('nightly', settings, { cadences: hourly });
  await createJob(client.schedule, settings, definition, made);
  const seen = await describeJob(client.schedule, 'nightly');
  const read = await readSchedule(client.schedule, 'nightly');
  const replace = (overlap: Overlap) => {
    const options = { origin: 'api', version: seen.version, beside: [] } as const;
    return replaceJob(client.schedule, settings, { ...definition, overlap }, options);
  };
  await replace('queue');

  const change = replace('allow');
  await expect(change).rejects.toThrow(JobChangedMeanwhile);
  const late = jobSchedule({ ...definition, overlap: 'allow' }, 'api', settings);
  expect(await writeSchedule(client.schedule, read, late.schedule, { paused: false, note: '' })).toBe(false);
  expect(await describeJob(client.schedule, 'nightly')).toMatchObject({ overlap: 'queue' });
});

test('a schedule that a person made has no definition', async () => {
  await using server = await scheduleServer();
  const { client } = server;
  await client.schedule.create({
    scheduleId: 'by-hand',
    spec: { cronExpressions: ['0 6 * * MON-FRI'], timezone: 'Europe/Berlin' },
    action: { type: 'startWorkflow', workflowType: 'SyncAndIngestWorkflow', taskQueue: 'nobody' },
  });
  expect(await describeJob(client.schedule, 'by-hand')).toMatchObject({
    origin: 'temporal',
    definition: null,
    cadence: 'cron 0 6 * * 1,2,3,4,5 Europe/Berlin',
  });
  await client.schedule.create({
    scheduleId: 'of-others',
    spec: {},
    action: { type: 'startWorkflow', workflowType: 'SomethingElse', taskQueue: 'nobody' },
  });
  await expect(describeJob(client.schedule, 'of-others')).rejects.toThrow(JobNotFound);
});

test('a schedule that starts something else is left alone, whoever asks', async () => {
  await using server = await scheduleServer();
  const { client, settings } = server;
  const action = { type: 'startWorkflow', workflowType: 'Payroll', taskQueue: 'nobody' } as const;
  await client.schedule.create({ scheduleId: 'sync', spec: {}, action });
  const definition = syncJob('sync', settings, { cadences: hourly });

  const replacing = createJob(client.schedule, settings, definition, { ...made, replaceExisting: true });
  await expect(replacing).rejects.toThrow('"sync" of this namespace starts Payroll');
  await expect(applyJobs(client.schedule, jobsOf(settings))).rejects.toThrow(ScheduleOfOthers);
  await expect(triggerJob(client.schedule, 'sync', { force: true })).rejects.toThrow(JobNotFound);

  const { action: left, info } = await client.schedule.getHandle('sync').describe();
  expect(left.workflowType).toBe('Payroll');
  expect(info.numActionsTaken).toBe(0);
});

test('a zone that the server does not know is refused by name, also of a job that is there', async () => {
  await using server = await scheduleServer();
  const { client, settings } = server;
  // JavaScript minds no case.
  const odd = syncJob('odd', settings, { cadences: [daily('Asia/KOLKATA', '06:00')] });
  const even = { ...odd, cadences: [daily('Asia/Kolkata', '06:00')] };
  const put = (definition: JobDefinition) =>
    createJob(client.schedule, settings, definition, { ...made, replaceExisting: true });

  await expect(put(odd)).rejects.toThrow(/^The job "odd" cannot be scheduled: timezone is refused .*KOLKATA/);
  await put(even);
  await expect(put(odd)).rejects.toThrow(JobRefused);
  expect(await describeJob(client.schedule, 'odd')).toMatchObject({ definition: even });
});

test('what Temporal could not keep is refused by name, or said in short', async () => {
  await using server = await scheduleServer();
  const { client, settings } = server;
  const create = (id: string, cadence: Cadence) =>
    createJob(client.schedule, settings, syncJob(id, settings, { cadences: [cadence] }), made);

  await expect(create('far', { kind: 'once', at: '2206-12-31T23:30:00Z' })).rejects.toThrow(
    'once is not of this century',
  );
  const many = Array.from({ length: 101 }, (_, minute) => `${minute % 60} 6 * * *`);
  await expect(create('many', { kind: 'cron', expressions: many, timezone: 'UTC' })).rejects.toThrow(
    'cron has 101 entries, and may have 100',
  );
  const long = [`0 6 * * * # ${'a'.repeat(1000)}`];
  await expect(create('long', { kind: 'cron', expressions: long, timezone: 'UTC' })).rejects.toThrow(
    'cron has 1012 characters, and may have 1000',
  );
  const expressions = [`0 6 * * * # ${'ä'.repeat(180)}`];
  await create('told', { kind: 'cron', expressions, timezone: 'UTC' });
  const { spec } = await readSchedule(client.schedule, 'told');
  expect(spec.calendars?.[0]?.comment).toBe('ä'.repeat(100));
  expect(await describeJob(client.schedule, 'told')).toMatchObject({ changed: [] });
});
