import { afterAll, beforeAll, expect, inject, test } from 'vitest';

import { applyJobs } from '../../src/schedules/apply-jobs.ts';
import { createJob } from '../../src/schedules/edit-job.ts';
import { jobsOf } from '../../src/schedules/jobs.ts';
import { cron } from '../schedules/cadences.ts';
import { createHastyJob, syncJob } from '../schedules/schedule-server.ts';
import { execute } from '../support/charlie.ts';
import { salesToml } from '../support/sales.ts';
import { TestApi } from './test-api.ts';

let api: TestApi;

beforeAll(async () => {
  api = await TestApi.start(salesToml);
  await applyJobs(api.client.schedule, jobsOf(api.settings));
});

afterAll(() => api[Symbol.asyncDispose]());

/** `temporal schedule …`, as an operator types it. */
async function temporal(...args: readonly string[]): Promise<void> {
  const { address, namespace } = api.settings.temporal;
  const result = await execute(
    inject('temporalBinary'),
    ['schedule', ...args, '--address', address, '--namespace', namespace],
    { cwd: api.dir, env: {} },
  );
  expect(result.exitCode, result.stderr).toBe(0);
}

async function job(id: string): Promise<Record<string, unknown>> {
  return (await api.get(`/scheduler/jobs/${id}`)).json();
}

/** Runs of a job that Temporal knows, by their workflow ids. */
async function runsOf(id: string): Promise<string[]> {
  const ids: string[] = [];
  for await (const run of api.client.workflow.list({ query: `CharlieJob = "${id}"` }))
    ids.push(run.workflowId);
  return ids;
}

test('forty requests to run a job, each sent three times, start one run; the others say which run is in their way', async () => {
  const keys = Array.from({ length: 40 }, (_, index) => `burst-${index}`);
  const send = (each: readonly string[]) =>
    Promise.all(each.map((key) => api.post('/scheduler/jobs/sync/run', {}, { 'idempotency-key': key })));
  const answers = [...(await send([...keys, ...keys])), ...(await send(keys))];

  const byKey = keys.map((_, index) => [0, 40, 80].map((turn) => answers[index + turn]));
  for (const same of byKey) {
    expect(new Set(same.map((answer) => answer?.statusCode)).size).toBe(1);
    const told = same.map((answer) => {
      const { workflow_id, running } = answer?.json<Record<string, unknown>>() ?? {};
      return JSON.stringify([workflow_id, running]);
    });
    expect(new Set(told).size).toBe(1);
  }
  const started = answers.filter(({ statusCode }) => statusCode === 202);
  expect(started).toHaveLength(3);
  const { workflow_id: run } = started[0]?.json<{ workflow_id: string }>() ?? { workflow_id: '' };
  const skipped = answers.filter(({ statusCode }) => statusCode === 409);
  expect(skipped).toHaveLength(117);
  for (const answer of skipped) expect(answer.json()).toMatchObject({ code: 'run_skipped', running: run });
  await expect.poll(() => runsOf('sync')).toEqual([run]);
});

test('with force each key has a run of its own, beside the one that is under way', async () => {
  const before = await runsOf('sync');
  const force = (key: string) => api.post('/pipeline/run', { force: true }, { 'idempotency-key': key });
  const answers = await Promise.all([force('a'), force('b'), force('a')]);
  const ids = answers.map((answer) => answer.json<{ workflow_id: string }>().workflow_id);

  expect(answers.map(({ statusCode }) => statusCode)).toEqual([202, 202, 202]);
  expect(ids[0]).toBe(ids[2]);
  expect(ids[0]).not.toBe(ids[1]);
  await expect.poll(async () => (await runsOf('sync')).length).toBe(before.length + 2);
});

test('a request that waits for its turn is shown as queued, cannot be cancelled yet, and is the same whatever its query', async () => {
  await api.post('/scheduler/jobs/interval', { job_id: 'patient', hours: 1, overlap: 'queue' });
  const run = (key: string, query = '') =>
    api.post(`/scheduler/jobs/patient/run${query}`, {}, { 'idempotency-key': key });
  const first = await run('first');
  const second = await run('second');

  expect([first.json(), second.json()]).toMatchObject([{ status: 'started' }, { status: 'queued' }]);
  const { workflow_id: queued } = second.json<{ workflow_id: string }>();
  expect((await api.get(`/pipeline/runs/${queued}`)).json()).toMatchObject({
    status: 'queued',
    run_id: null,
  });
  const cancelled = await api.post(`/pipeline/runs/${queued}/cancel`);
  expect([cancelled.statusCode, cancelled.json()]).toMatchObject([
    409,
    { code: 'conflict', detail: expect.stringContaining('has not begun') as string },
  ]);
  const again = await run('second', '?utm=1');
  expect([again.headers['idempotency-replayed'], again.json()]).toEqual(['true', second.json()]);
  await api.delete('/scheduler/jobs/patient');
});

test('a single run may keep what its job would drop, and its other ways stay', async () => {
  const config = { force_recreate: true, drop_gone: true };
  await api.post('/scheduler/jobs/interval', { job_id: 'dropping', hours: 1, config });
  const ran = await api.post('/scheduler/jobs/dropping/run', { config: { drop_gone: false } });

  const { workflow_id: run } = ran.json<{ workflow_id: string }>();
  const asked = await api.sql`select config from charlie.run_requests where workflow_id = ${run}`;
  expect([ran.statusCode, asked]).toEqual([202, [{ config: { dropGone: false } }]]);
  await api.delete('/scheduler/jobs/dropping');
});

test('the requests of the founding document make jobs as they stand there', async () => {
  const daily = await api.post('/scheduler/jobs/cron', {
    job_id: 'daily_incremental',
    hour: 2,
    minute: 0,
    config: { incremental_mode: 'auto', force_recreate: false, ci_mode: true },
  });
  const hourly = await api.post('/scheduler/jobs/interval', {
    job_id: 'hourly_check',
    hours: 1,
    config: { dry_run: true, ci_mode: true },
  });
  const rebuild = { incremental_mode: 'full', force_recreate: true, ci_mode: true };
  const weekly = await api.post('/scheduler/presets/weekly_sunday_1am?job_id=weekly_rebuild', rebuild);

  expect([daily, hourly, weekly].map(({ statusCode }) => statusCode)).toEqual([201, 201, 201]);
  expect(daily.headers.location).toBe('/scheduler/jobs/daily_incremental');
  expect(daily.json()).toMatchObject({
    origin: 'api',
    kind: 'sync',
    definition: { cadences: [{ times: ['02:00'] }] },
  });
  expect(hourly.json()).toMatchObject({ cadence: 'every hour', definition: { config: { dry_run: true } } });
  expect(weekly.json()).toMatchObject({ definition: { config: rebuild } });
  expect((await api.post('/scheduler/jobs/interval', { job_id: 'hourly_check', hours: 2 })).statusCode).toBe(
    409,
  );
  const replaced = await api.post('/scheduler/jobs/interval?replace_existing=true', {
    job_id: 'hourly_check',
    hours: 2,
  });
  expect([replaced.statusCode, replaced.json<{ cadence: string }>().cadence]).toEqual([200, 'every 2 hours']);
  const refused = await api.post('/scheduler/jobs/cron', { job_id: 'x', cron: '61 * * * *' });
  expect(refused.json()).toMatchObject({ code: 'invalid', errors: [{ pointer: '/cron' }] });
  expect((await api.post('/scheduler/jobs/cron', { job_id: 'x' })).statusCode).toBe(422);
  const over = await api.post('/scheduler/jobs/onetime', { job_id: 'x', run_date: '2026-01-31T06:00:00Z' });
  expect(over.json()).toMatchObject({
    code: 'invalid',
    detail: expect.stringContaining('is over') as string,
  });
});

test('a job with as much as schedules.toml may say is exported with the others', async () => {
  const expressions = Array.from(
    { length: 100 },
    (_, minute) => `${minute % 60} 6 * * * # ${'a'.repeat(900)}`,
  );
  const definition = syncJob('long', api.settings, { cadences: [cron('UTC', ...expressions)] });
  await createJob(api.client.schedule, api.settings, definition, { origin: 'api', replaceExisting: false });

  const exported = async () => {
    const answer = await api.get('/scheduler/config/export');
    return [answer.statusCode, answer.body.includes('"long"')];
  };
  await expect.poll(exported).toEqual([200, true]);
  await api.delete('/scheduler/jobs/long');
});

test('runs that go beside each other are under way, too', async () => {
  await api.post('/scheduler/jobs/interval', { job_id: 'beside', weeks: 1, overlap: 'allow' });
  for (const _ of ['first', 'second']) await api.post('/scheduler/jobs/beside/run');

  const underWay = async () => {
    const { running } = (await api.get('/scheduler/status')).json<{
      running: { job_id: string; workflow_id: string }[];
    }>();
    return running.filter(({ job_id }) => job_id === 'beside').map(({ workflow_id }) => workflow_id);
  };
  await expect.poll(async () => (await underWay()).length).toBe(2);
  const runs = await underWay();
  expect(runs.sort()).toEqual((await runsOf('beside')).sort());
  for (const run of runs) await api.client.workflow.getHandle(run).terminate();
  await api.delete('/scheduler/jobs/beside');
});

test('what the temporal CLI changes the API shows, and what the API changes the CLI finds', async () => {
  await api.post('/scheduler/jobs/interval', { job_id: 'shared', hours: 1 });
  await temporal('toggle', '--schedule-id', 'shared', '--pause', '--reason', 'by the CLI');
  expect(await job('shared')).toMatchObject({ paused: true, note: 'by the CLI', changed: [] });

  const resumed = await api.post('/scheduler/jobs/shared/resume', { note: 'by the API' });
  expect(resumed.json()).toMatchObject({ paused: false, note: 'by the API' });
  const { state } = await api.client.schedule.getHandle('shared').describe();
  expect(state).toMatchObject({ paused: false, note: 'by the API' });

  await temporal('trigger', '--schedule-id', 'shared');
  await expect.poll(async () => (await job('shared'))['running']).toHaveLength(1);
  // Temporal's list is a little behind.
  await expect.poll(() => runsOf('shared')).toHaveLength(1);
  const history = await api.get('/scheduler/jobs/shared/history');
  expect(history.json()).toMatchObject({ items: [{ job: 'shared', status: 'running' }] });
  const [run] = await runsOf('shared');
  const cancelled = await api.post(`/pipeline/runs/${run ?? ''}/cancel`);
  expect(cancelled.statusCode).toBe(202);

  await temporal('delete', '--schedule-id', 'shared');
  expect((await api.get('/scheduler/jobs/shared')).statusCode).toBe(404);
  await api.post('/scheduler/jobs/interval', { job_id: 'gone', hours: 1 });
  expect((await api.delete('/scheduler/jobs/gone')).statusCode).toBe(204);
  expect((await api.delete('/scheduler/jobs/gone')).statusCode).toBe(404);
  await expect(api.client.schedule.getHandle('gone').describe()).rejects.toThrow('not found');
});

test('the list shows at once what the temporal CLI has changed; who allows the answer an age may get an older one, which says so', async () => {
  const list = async (headers: Record<string, string> = {}) => {
    const answer = await api.get('/scheduler/jobs', headers);
    const { items } = answer.json<{ items: { job_id: string; note: string }[] }>();
    const note = items.find(({ job_id }) => job_id === 'sync')?.note;
    return { note, isFresh: answer.headers.age === '0' };
  };
  await expect.poll(async () => (await list()).note).toBe('');

  await temporal('toggle', '--schedule-id', 'sync', '--pause', '--reason', 'at once');
  expect(await list()).toEqual({ note: 'at once', isFresh: true });
  await temporal('toggle', '--schedule-id', 'sync', '--unpause', '--reason', 'and again');
  expect(await list({ 'cache-control': 'max-age=60' })).toEqual({ note: 'at once', isFresh: false });
  expect(await list()).toEqual({ note: 'and again', isFresh: true });
});

test('a job that has not succeeded in time is late, for health and for Prometheus', async () => {
  await createHastyJob(api.client, api.settings);
  const health = async () => {
    const { jobs } = (await api.get('/scheduler/health')).json<{
      jobs: { job_id: string; status: string }[];
    }>();
    return jobs.find(({ job_id }) => job_id === 'hasty')?.status;
  };
  await expect.poll(health).toBe('late');

  const { body } = await api.get('/metrics');
  expect(body.match(/^scheduler_job_late.*/gm)).toEqual(['scheduler_job_late{job="hasty"} 1']);
  // It is declared as nobody could over the API, which would not export it.
  expect((await api.delete('/scheduler/jobs/hasty')).statusCode).toBe(204);
});

test('a backfill says which slots it would run, then has the job run for each of them', async () => {
  await api.post('/scheduler/jobs/interval', { job_id: 'filled', hours: 1 });
  const range = { from: '2026-11-20T00:00:00Z', to: '2026-11-20T02:00:00Z', side_by_side: true };
  const planned = await api.post('/scheduler/jobs/filled/backfill', { ...range, dry_run: true });
  expect(planned.statusCode).toBe(200);
  expect(planned.json<{ slots: { at: string }[] }>().slots.map(({ at }) => at)).toEqual([
    '2026-11-20T00:00:00.000Z',
    '2026-11-20T01:00:00.000Z',
    '2026-11-20T02:00:00.000Z',
  ]);
  expect(await runsOf('filled')).toEqual([]);
  const future = await api.post('/scheduler/jobs/filled/backfill', { ...range, to: '2099-01-01T00:00:00Z' });
  expect([future.statusCode, future.json()]).toMatchObject([422, { code: 'invalid' }]);

  const done = await api.post('/scheduler/jobs/filled/backfill', range);
  expect([done.statusCode, done.json()]).toEqual([202, planned.json()]);
  await expect.poll(async () => (await runsOf('filled')).length).toBe(3);
});

test('a backfill of a job with jitter has a run for each of its times, by which they are listed', async () => {
  await api.post('/scheduler/jobs/interval', { job_id: 'jittery', hours: 1, jitter_seconds: 1800 });
  const range = { from: '2026-11-20T00:00:00Z', to: '2026-11-20T05:00:00Z', side_by_side: true };
  const done = await api.post('/scheduler/jobs/jittery/backfill', range);

  const hours = ['00', '01', '02', '03', '04', '05'];
  expect(done.json<{ slots: { at: string }[] }>().slots.map(({ at }) => at)).toEqual(
    hours.map((hour) => `2026-11-20T${hour}:00:00.000Z`),
  );
  await expect
    .poll(async () => (await runsOf('jittery')).sort())
    .toEqual(hours.map((hour) => `jittery-2026-11-20T${hour}:00:00Z`));
  expect((await job('jittery'))['recent']).toMatchObject(
    hours.toReversed().map((hour) => ({ nominal_time: `2026-11-20T${hour}:00:00.000Z` })),
  );
  const one = { ...range, from: '2026-11-19T03:00:00Z', to: '2026-11-19T03:00:00Z' };
  await api.post('/scheduler/jobs/jittery/backfill', one);
  await expect.poll(() => runsOf('jittery')).toContain('jittery-2026-11-19T03:00:00Z');
  await api.delete('/scheduler/jobs/jittery');
});

test('a backfill that is asked for again with its key, as after a lost answer, runs its slots once', async () => {
  await api.post('/scheduler/jobs/interval', { job_id: 'filled-once', hours: 1 });
  const backfill = (from: string, to: string, key: string) =>
    api.post(
      '/scheduler/jobs/filled-once/backfill',
      { from: `2026-11-20T${from}:00:00Z`, to: `2026-11-20T${to}:00:00Z`, side_by_side: true },
      { 'idempotency-key': key },
    );
  const first = await backfill('00', '02', 'one');
  await expect.poll(async () => (await runsOf('filled-once')).length).toBe(3);
  // Their ids are free again, so that nothing but the key keeps them from being run again.
  for (const id of await runsOf('filled-once')) await api.client.workflow.getHandle(id).terminate();

  const replayed = await backfill('00', '02', 'one');
  expect(replayed.headers['idempotency-replayed']).toBe('true');
  expect([replayed.statusCode, replayed.json(), replayed.headers.location]).toEqual([
    202,
    first.json(),
    first.headers.location,
  ]);
  // As if the API had been killed before it kept its answer.
  await api.sql`update charlie.start_requests set status = null, body = null, location = null`;
  expect((await backfill('00', '02', 'one')).headers['idempotency-replayed']).toBeUndefined();
  expect((await backfill('00', '03', 'one')).json()).toMatchObject({ code: 'key_reused' });

  // The server takes these in their order.
  await backfill('05', '05', 'two');
  await expect.poll(async () => (await runsOf('filled-once')).length).toBe(4);
  const { info } = await api.client.schedule.getHandle('filled-once').describe();
  expect(info.numActionsTaken).toBe(4);
});

test('runs of others in the same namespace are none of ours', async () => {
  const { workflow } = api.client;
  const others = await workflow.start('Payroll', { workflowId: 'payroll-42', taskQueue: 'nobody' });
  for (const id of ['payroll-42', others.firstExecutionRunId]) {
    expect((await api.get(`/pipeline/runs/${id}`)).statusCode).toBe(404);
    expect((await api.post(`/pipeline/runs/${id}/cancel`)).statusCode).toBe(404);
  }
  await others.terminate();
  expect((await api.post('/pipeline/runs/payroll-42/retry')).statusCode).toBe(404);
  const { raw } = await others.describe();
  expect(raw.workflowExtendedInfo?.cancelRequested ?? false).toBe(false);
});

test('an import changes nothing when somebody else has changed the jobs, when it is tried out, or when one of them is wrong', async () => {
  const exported = await api.get('/scheduler/config/export');
  const { jobs } = exported.json<{ jobs: { job_id: string; overlap: string }[] }>();
  const same = await api.post('/scheduler/config/import?dry_run=true', exported.json(), {
    'if-match': String(exported.headers.etag),
  });
  const outcomes = same.json<{ items: { outcome: string }[] }>().items.map(({ outcome }) => outcome);
  expect(new Set(outcomes)).toEqual(new Set(['unchanged']));
  const changed = { version: 1, jobs: jobs.map((each) => ({ ...each, overlap: 'queue' })) };
  const match = { 'if-match': String(exported.headers.etag) };
  const overlaps = async () =>
    (await api.get('/scheduler/config/export')).body.match(/"overlap":"queue"/g) ?? [];

  expect((await api.post('/scheduler/config/import', changed)).statusCode).toBe(428);
  const tried = await api.post('/scheduler/config/import?dry_run=true', changed, match);
  expect(tried.json<{ items: unknown[] }>().items).toHaveLength(jobs.length);
  expect(new Set(tried.json<{ items: { outcome: string }[] }>().items.map(({ outcome }) => outcome))).toEqual(
    new Set(['updated']),
  );
  const wrong = {
    version: 1,
    jobs: [
      ...changed.jobs,
      { job_id: 'wrong', cadences: [{ kind: 'cron', expressions: ['x'], timezone: 'UTC' }] },
    ],
  };
  expect((await api.post('/scheduler/config/import', wrong, match)).statusCode).toBe(422);
  expect(await overlaps()).toEqual([]);

  await api.post('/scheduler/jobs/interval', { job_id: 'another', hours: 3 });
  const late = await api.post('/scheduler/config/import', changed, match);
  expect([late.statusCode, late.json<{ code: string }>().code]).toEqual([412, 'precondition_failed']);
  expect(await overlaps()).toEqual([]);
  const done = await api.post('/scheduler/config/import', changed, { 'if-match': String(late.headers.etag) });
  expect(done.statusCode).toBe(200);
  expect(await overlaps()).toHaveLength(jobs.length);
});

test('jobs that follow another one, or wait for data, are made, shown, exported, and refused where they cannot be', async () => {
  await api.post('/scheduler/jobs/interval', { job_id: 'leader', hours: 1 });
  const both = { job_id: 'both', hours: 2, after: 'leader', only_if_rows: true };
  expect((await api.post('/scheduler/jobs/interval', both)).json()).toMatchObject({
    cadence: 'every 2 hours and after leader, if it has loaded rows',
    after: { job_id: 'leader', is_gone: false },
  });
  const follower = { job_id: 'follower', kind: 'hourly-report', cadences: [], after: 'both' };
  const imported = await api.post(
    '/scheduler/config/import',
    { version: 1, jobs: [{ ...follower, wait_for: ['sales'], wait_minutes: 5 }] },
    { 'if-match': '*' },
  );
  expect(imported.json()).toMatchObject({ items: [{ job_id: 'follower', outcome: 'created' }] });
  expect(await job('follower')).toMatchObject({
    cadence: 'after both; waits 5 minutes for data of sales',
    next_fires: [],
    definition: { after: 'both', only_if_rows: false, wait_for: ['sales'], wait_minutes: 5 },
  });
  await expect
    .poll(async () => (await api.get('/scheduler/config/export')).json<{ jobs: object[] }>().jobs)
    .toContainEqual(expect.objectContaining({ ...follower, wait_for: ['sales'], wait_minutes: 5 }));

  for (const [field, given] of [
    ['/after', { after: 'nobody' }],
    ['/after', { after: 'wrong' }],
    ['/only_if_rows', { only_if_rows: true }],
    ['/wait_minutes', { wait_minutes: 5 }],
    ['/wait_for', { wait_for: ['sails'] }],
  ] as const) {
    const refused = await api.post('/scheduler/jobs/interval', { job_id: 'wrong', hours: 1, ...given });
    const { errors } = refused.json<{ errors: { pointer: string }[] }>();
    expect([refused.statusCode, errors.map(({ pointer }) => pointer)]).toEqual([422, [field]]);
  }
  expect((await api.delete('/scheduler/jobs/both')).statusCode).toBe(204);
  expect(await job('follower')).toMatchObject({ after: { job_id: 'both', is_gone: true } });
});
