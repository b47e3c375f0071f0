import { expect, test } from 'vitest';

import type { JobDefinition, JobKind } from '../../src/domain/job.ts';
import type { SyncResult } from '../../src/domain/sync-run.ts';
import { createJob, deleteJob, pauseJob } from '../../src/schedules/edit-job.ts';
import { followersOf } from '../../src/schedules/find-followers.ts';
import { newJob } from '../../src/schedules/job-defaults.ts';
import { describeJob } from '../../src/schedules/read-jobs.ts';
import { triggerJob } from '../../src/schedules/trigger-job.ts';
import type { ReportResult } from '../../workflows/build-report.ts';
import { createNamespace } from '../support/namespace.ts';
import { Pipeline } from '../support/pipeline.ts';
import { salesCsv, salesToml } from '../support/sales.ts';
import { WorkerProcess } from '../survival/worker-process.ts';

async function startPipeline(worker: boolean): Promise<Pipeline> {
  const env = { CHARLIE_TEMPORAL__NAMESPACE: await createNamespace() };
  return Pipeline.start({ toml: salesToml, env, worker });
}

async function declare(
  { client, settings }: Pipeline,
  id: string,
  kind: JobKind,
  given: Partial<JobDefinition> = {},
): Promise<void> {
  const definition = { ...newJob(id, kind, settings), ...given };
  await createJob(client.schedule, settings, definition, { origin: 'api', replaceExisting: false });
}

const after = (job: string, onlyIfRows = false) => ({ chain: { after: job, onlyIfRows } });

/** Temporal's list is a little behind. */
async function untilFollowed({ client }: Pipeline, job: string, followers: readonly string[]): Promise<void> {
  await expect.poll(() => followersOf(client.schedule, job)).toEqual(followers);
}

async function startNow({ client }: Pipeline, job: string) {
  const started = await triggerJob(client.schedule, job, { force: false });
  if (started.outcome !== 'started') throw new Error(`${job} was ${started.outcome}`);
  return client.workflow.getHandle(started.workflowId, started.runId);
}

test('jobs follow the runs of another one through their schedules: after rows, after none, not while paused, and one after the other', async () => {
  await using pipeline = await startPipeline(true);
  const { client, simulator } = pipeline;
  await declare(pipeline, 'sync', 'sync');
  await declare(pipeline, 'always', 'hourly-report', after('sync'));
  await declare(pipeline, 'held', 'hourly-report', after('sync'));
  await declare(pipeline, 'on-rows', 'hourly-report', after('sync', true));
  await declare(pipeline, 'third', 'hourly-report', after('always'));
  await pauseJob(client.schedule, 'held', 'not today');
  await untilFollowed(pipeline, 'sync', ['always', 'held', 'on-rows']);
  await untilFollowed(pipeline, 'always', ['third']);
  const firstId = (job: string) => expect.stringMatching(new RegExp(`^${job}-20.*Z$`)) as string;

  simulator.library.put('sales.csv', salesCsv([{ id: 1 }]));
  const withRows = (await (await startNow(pipeline, 'sync')).result()) as SyncResult;
  const withoutRows = (await (await startNow(pipeline, 'sync')).result()) as SyncResult;

  const [always] = withRows.followers!;
  expect(withRows.followers).toEqual([
    { job: 'always', outcome: 'started', workflowId: firstId('always') },
    { job: 'held', outcome: 'paused', workflowId: null },
    { job: 'on-rows', outcome: 'started', workflowId: firstId('on-rows') },
  ]);
  expect(withoutRows.followers).toMatchObject([
    { job: 'always' },
    { job: 'held', outcome: 'paused' },
    { job: 'on-rows', outcome: 'no_rows', workflowId: null },
  ]);
  const followed = client.workflow.getHandle(always!.workflowId!);
  expect(await followed.result()).toMatchObject({
    followers: [{ job: 'third', outcome: 'started', workflowId: firstId('third') }],
  } satisfies Partial<ReportResult>);
  const counted = async (job: string) => (await describeJob(client.schedule, job)).counters.started;
  expect([await counted('held'), await counted('on-rows')]).toEqual([0, 1]);

  // Who follows a job that was deleted stays, and says so; who was deleted follows no more.
  await deleteJob(client.schedule, 'sync');
  expect(await describeJob(client.schedule, 'always')).toMatchObject({
    cadence: 'after sync',
    nextFires: [],
    after: { job: 'sync', isGone: true },
  });
});

test('a job that cannot be started keeps no other from following, and follows later', async () => {
  await using pipeline = await startPipeline(true);
  const { client, sql } = pipeline;
  await declare(pipeline, 'sync', 'sync');
  await declare(pipeline, 'first', 'hourly-report', after('sync'));
  await declare(pipeline, 'second', 'hourly-report', after('sync'));
  await untilFollowed(pipeline, 'sync', ['first', 'second']);
  await sql.unsafe(`
    create function charlie.refuse() returns trigger language plpgsql as
      $$ begin raise exception using errcode = 'too_many_connections'; end $$;
    create trigger refuse before insert on charlie.start_requests
      for each row when (new.idempotency_key = 'first') execute function charlie.refuse()`);
  const startsOf = async (job: string) => (await describeJob(client.schedule, job)).counters.started;

  const sync = await startNow(pipeline, 'sync');
  await expect.poll(() => startsOf('second')).toBe(1);
  expect(await startsOf('first')).toBe(0);
  await sql`drop trigger refuse on charlie.start_requests`;

  expect(((await sync.result()) as SyncResult).followers).toMatchObject([
    { job: 'first', outcome: 'started' },
    { job: 'second', outcome: 'started' },
  ]);
  expect([await startsOf('first'), await startsOf('second')]).toEqual([1, 1]);
});

test('a run waits until data have arrived, and says so; when they were there before, it begins at once', async () => {
  await using pipeline = await startPipeline(true);
  const waitFor = { datasets: ['sales'], minutes: 30 };
  await declare(pipeline, 'reports', 'hourly-report', { waitFor });
  await declare(pipeline, 'sync', 'sync', { waitFor });

  const report = await startNow(pipeline, 'reports');
  const sync = await startNow(pipeline, 'sync');
  await expect
    .poll(() => sync.query('progress'))
    .toMatchObject({ phase: 'waiting', awaited: { datasets: ['sales'] } });
  pipeline.simulator.library.put('sales.csv', salesCsv([{ id: 1 }]));
  await pipeline.sync();

  expect(await report.result()).toMatchObject({ published: expect.any(Number) as number });
  expect(await sync.result()).toMatchObject({ status: 'succeeded', listed: 1 });
  const later = await startNow(pipeline, 'reports');
  await later.result();
  // A job that is due once has no time before that; what came days ago is none of its data.
  const at = new Date(Math.ceil(Date.now() / 1000) * 1000 + 86_400_000).toISOString();
  await declare(pipeline, 'once', 'sync', { waitFor, cadences: [{ kind: 'once', at }] });
  await pipeline.sql`update charlie.ingestion_log set ended_at = ended_at - interval '3 days'`;
  const waiting = await startNow(pipeline, 'once');
  await expect.poll(() => waiting.query('progress')).toMatchObject({ phase: 'waiting' });
  await waiting.terminate();
  const { events } = await later.fetchHistory();
  expect(
    events?.filter(({ timerStartedEventAttributes }) => timerStartedEventAttributes != null),
  ).toHaveLength(
    // The time limit.
    1,
  );
});

test.concurrent.for(['follower-claimed', 'follower-started'] as const)(
  'a job follows once when the worker is killed at %s',
  async (failpoint) => {
    await using pipeline = await startPipeline(false);
    const { client, simulator } = pipeline;
    await declare(pipeline, 'sync', 'sync');
    await declare(pipeline, 'reports', 'hourly-report', after('sync', true));
    await untilFollowed(pipeline, 'sync', ['reports']);
    simulator.library.put('sales.csv', salesCsv([{ id: 1 }]));
    await using doomed = await WorkerProcess.start(pipeline, `${failpoint}:kill`);
    const sync = await startNow(pipeline, 'sync');
    expect(await doomed.end()).toEqual({ code: null, signal: 'SIGKILL' });

    await pipeline.startWorker();
    const { followers } = (await sync.result()) as SyncResult;

    expect(followers).toMatchObject([{ job: 'reports', outcome: 'started' }]);
    await client.workflow.getHandle(followers![0]!.workflowId!).result();
    const { counters, recent } = await describeJob(client.schedule, 'reports');
    expect(counters).toMatchObject({ started: 1, skippedOverlap: 0, buffered: 0 });
    expect(recent.map(({ workflowId }) => workflowId)).toEqual([followers![0]!.workflowId]);
  },
);
