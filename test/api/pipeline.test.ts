import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';

import type { Api } from '../../src/api/api.ts';
import { createApi } from '../../src/api/server.ts';
import { commandQueue } from '../../src/domain/command-queue.ts';
import type { Source } from '../../src/domain/sync-run.ts';
import { applyJobs } from '../../src/schedules/apply-jobs.ts';
import { retryRules } from '../../src/schedules/job-schedule.ts';
import { jobsOf } from '../../src/schedules/jobs.ts';
import { execute } from '../support/charlie.ts';
import { clearOfTicks } from '../support/clear-of-ticks.ts';
import { createNamespace } from '../support/namespace.ts';
import { Pipeline } from '../support/pipeline.ts';
import { quietPino } from '../support/quiet-logger.ts';
import { salesCsv, salesToml } from '../support/sales.ts';

let pipeline: Pipeline;
let api: Api;

beforeAll(async () => {
  // Ticks are counted below.
  await clearOfTicks(120);
  const env = { CHARLIE_TEMPORAL__NAMESPACE: await createNamespace() };
  pipeline = await Pipeline.start({ toml: salesToml, env });
  const { settings, sql, client } = pipeline;
  api = await createApi({ settings, sql, client, logger: quietPino });
  await applyJobs(client.schedule, jobsOf(settings));
});

afterAll(async () => {
  await api.close();
  await pipeline[Symbol.asyncDispose]();
});

interface Answer<T> {
  readonly status: number;
  readonly body: T;
  readonly headers: Readonly<Record<string, unknown>>;
}

async function ask<T = Record<string, unknown>>(
  method: 'GET' | 'POST' | 'DELETE',
  url: string,
  options: { payload?: object; key?: string } = {},
): Promise<Answer<T>> {
  const { payload, key } = options;
  const answer = await api.inject({
    method,
    url,
    ...(payload !== undefined && { payload }),
    ...(key !== undefined && { headers: { 'idempotency-key': key } }),
  });
  return { status: answer.statusCode, body: answer.json(), headers: answer.headers };
}

interface Listed {
  readonly items: readonly Record<string, unknown>[];
  readonly next_cursor: string | null;
}

async function ended(workflowId: unknown): Promise<Record<string, unknown>> {
  const read = async () => (await ask('GET', `/pipeline/runs/${String(workflowId)}`)).body;
  await expect.poll(async () => (await read())['status'], { timeout: 60_000 }).not.toMatch(/queued|running/);
  return read();
}

async function drop(name: string, content: string): Promise<string> {
  const { ingestionDir } = pipeline.settings.scheduler;
  await mkdir(ingestionDir, { recursive: true });
  await writeFile(join(ingestionDir, name), content);
  return name;
}

test('local files are loaded once for each key, and their run and rows are shown', async () => {
  await drop('sales_api.csv', salesCsv([{ id: 1 }, { id: 2 }]));
  const first = await ask('POST', '/ingest', { key: 'one' });
  const again = await ask('POST', '/ingest', { key: 'one' });
  const other = await ask('POST', '/ingest', { key: 'one', payload: { paths: ['sales_api.csv'] } });

  expect([first.status, again.status, other.status]).toEqual([202, 202, 422]);
  expect(again.body).toEqual(first.body);
  expect(again.headers['idempotency-replayed']).toBe('true');
  expect(other.body['code']).toBe('key_reused');
  expect(first.headers['location']).toBe(`/pipeline/runs/${String(first.body['workflow_id'])}`);
  expect(await ended(first.body['workflow_id'])).toMatchObject({
    job: 'ingest',
    status: 'succeeded',
    files: { ingested: 1, failed: 0 },
    rows: { loaded: 2 },
  });
  const files = await ask<Listed>('GET', '/files?state=ingested&name=sales_api*');
  expect(files.body.items).toMatchObject([
    {
      name: 'sales_api.csv',
      source: 'directory',
      rows: { read: 2, loaded: 2, rejected: 0, duplicate: 0, blank: 0 },
    },
  ]);
  const { status, body } = await ask('GET', `/files/${String(files.body.items[0]?.['file_id'])}`);
  expect([status, body]).toEqual([200, files.body.items[0]]);
  const ofRun = await ask<Listed>('GET', `/files?run=${String(first.body['workflow_id'])}`);
  expect(ofRun.body.items).toEqual(files.body.items);
});

test('paths that lie elsewhere are refused, whatever they look like', async () => {
  for (const path of ['/etc/passwd', '../settings.toml', '.sync/x', 'a/../../x', 'quarantine/x']) {
    const { status, body } = await ask('POST', '/ingest', { payload: { paths: [path] } });
    expect([status, body['code']], path).toEqual([422, 'invalid']);
  }
});

test('a quarantined file is explained, put back in line, and given up', async () => {
  await drop('sales_bad.csv', 'nothing,that,fits\n1,2,3\n');
  const { body: started } = await ask('POST', '/ingest', { payload: { paths: ['sales_bad.csv'] } });
  await ended(started['workflow_id']);
  const { body } = await ask<Listed>('GET', '/quarantine');
  expect(body.items).toMatchObject([{ name: 'sales_bad.csv', reason: 'no_header' }]);
  const id = String(body.items[0]?.['file_id']);
  expect((await ask('GET', `/quarantine/${id}`)).body).toMatchObject({
    to_do: expect.stringContaining('header') as string,
    source: 'local files',
    stays_loaded: null,
  });

  expect((await ask('POST', `/quarantine/${id}/retry`)).body).toMatchObject({ state: 'pending' });
  expect((await ask('POST', `/quarantine/${id}/retry`)).body).toMatchObject({
    code: 'conflict',
    status: 409,
  });
  const { body: again } = await ask('POST', '/ingest', { payload: { paths: ['sales_bad.csv'] } });
  await ended(again['workflow_id']);
  expect((await ask('POST', `/quarantine/${id}/discard`)).body).toMatchObject({ state: 'discarded' });
  expect((await ask('GET', `/files/${id}`)).body).toMatchObject({
    state: 'discarded',
    decided_by: 'anonymous',
  });
});

test('a run is started by its job, listed page by page, and asked for once more', async () => {
  const { status, body: started } = await ask('POST', '/pipeline/run', { payload: { force: true } });
  expect(status).toBe(202);
  expect(await ended(started['workflow_id'])).toMatchObject({ job: 'sync', status: 'succeeded' });
  const retried = await ask('POST', `/pipeline/runs/${String(started['workflow_id'])}/retry`, {
    key: 'again',
  });
  const twice = await ask('POST', `/pipeline/runs/${String(started['run_id'])}/cancel`);
  expect(retried.status).toBe(202);
  expect(twice.body).toMatchObject({ status: 409, code: 'conflict' });
  expect(await ended(retried.body['workflow_id'])).toMatchObject({ job: 'sync', status: 'succeeded' });
  expect(retried.body['workflow_id']).toMatch(/^sync-retry-/);

  const all = await ask<Listed>('GET', '/pipeline/runs');
  const seen: unknown[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const page: { body: Listed } = await ask<Listed>(
      'GET',
      `/pipeline/runs?limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`,
    );
    seen.push(...page.body.items);
    cursor = page.body.next_cursor;
  }
  expect(seen).toEqual(all.body.items);
  expect(all.body.items.length).toBeGreaterThan(3);

  // A run is over a moment after its record says so.
  const statistics = async () => (await ask('GET', '/scheduler/jobs/sync/statistics')).body;
  await expect.poll(async () => Number((await statistics())['succeeded'])).toBeGreaterThan(1);
  expect(await statistics()).toMatchObject({ failed: 0, last_error: null });
  expect((await ask('GET', '/scheduler/health')).body).toMatchObject({ status: 'ok' });
  expect((await ask('GET', '/scheduler/status')).body).toMatchObject({ status: 'running', workers: 1 });
  const { body: counts } = await api
    .inject({ method: 'GET', url: '/metrics', headers: { accept: 'application/json' } })
    .then((answer) => ({ body: answer.json<Record<string, unknown>>() }));
  expect(counts).toMatchObject({ 'scheduler.tick.count': 1, 'syncjob.download.failure.count': 0 });
  const text = (await api.inject({ method: 'GET', url: '/metrics' })).body;
  expect(text).toContain('scheduler_tick_count{job="sync"} 1\n');
  expect(text).toMatch(/^syncjob_duration_ms_count \d+$/m);
});

test('examples/walk-the-api.sh walks through the whole API', async () => {
  await api.listen({ host: '127.0.0.1', port: 0 });
  const { port } = api.server.address() as { port: number };
  const script = join(import.meta.dirname, '../../examples/walk-the-api.sh');

  const { exitCode, stdout, stderr } = await execute('bash', [script, `http://127.0.0.1:${port}`], {
    cwd: pipeline.dir,
    env: {},
  });

  expect(exitCode, `${stderr}\n${stdout}`).toBe(0);
  expect(stdout).toContain('That was the whole API.');
  // It calls every operation that changes nothing for others, and those that do by what it makes itself.
  const { paths } = api.swagger() as { paths: Record<string, unknown> };
  const left = [
    '/pipeline/run',
    '/pipeline/runs/{run_id}/cancel',
    '/pipeline/runs/{run_id}/retry',
    '/files/{file_id}',
  ];
  const walked = (path: string) =>
    new RegExp(`^\\w+ ${path.replace(/\{\w+\}/g, '[^/ ]+')}(?:\\?.*)?$`, 'm').test(stderr);
  expect(
    Object.keys(paths).filter(
      (path) => !walked(path) && !left.includes(path) && !path.startsWith('/quarantine/'),
    ),
  ).toEqual([]);
});

test('a run that is told to do something differently does, also when it is repeated, and the next one does not', async () => {
  pipeline.simulator.library.put('sales_remote.csv', salesCsv([{ id: 7 }]));
  const run = async (payload: object): Promise<Record<string, unknown>> => {
    const { status, body } = await ask('POST', '/pipeline/run', { payload: { force: true, ...payload } });
    return status === 202 ? ended(body['workflow_id']) : { status, ...body };
  };

  const dry = await run({ config: { dry_run: true } });
  const config = { dry_run: true, incremental_mode: 'auto', force_recreate: false };
  expect(dry).toMatchObject({ status: 'dry_run', files: { listed: 1, ingested: 0 }, config });
  const retried = await ask('POST', `/pipeline/runs/${String(dry['workflow_id'])}/retry`);
  expect(await ended(retried.body['workflow_id'])).toMatchObject({ status: 'dry_run', config });
  expect(await run({})).toMatchObject({ status: 'succeeded', files: { ingested: 1 }, config: null });
  expect(await run({ config: { incremental_mode: 'full' } })).toMatchObject({ files: { ingested: 1 } });
  expect(await run({ config: { drop_gone: true } })).toMatchObject({ status: 422, code: 'invalid' });
  expect(await ask('POST', '/ingest', { payload: { config: { drop_gone: true } } })).toMatchObject({
    status: 422,
    body: { code: 'invalid' },
  });
  const report = await ask('POST', '/scheduler/jobs/hourly-report/run', {
    payload: { force: true, config: { dry_run: true } },
  });
  expect(report).toMatchObject({ status: 422, body: { code: 'invalid' } });
  expect((await ask('GET', '/scheduler/jobs/sync/statistics')).body).toMatchObject({ dry_run: 2 });
});

/** As if the run had begun, and its record had not heard of it since. */
async function recordOf(run: WorkflowHandleWithFirstExecutionRunId): Promise<void> {
  await pipeline.sql`
    insert into charlie.run_history (run_id, workflow_id, job, nominal_time, start_ts, deadline)
    values (${run.firstExecutionRunId}, ${run.workflowId}, 'sync', now(), now(), now() + interval '1 day')`;
}

async function listed(status: string): Promise<unknown[]> {
  return (await ask<Listed>('GET', `/pipeline/runs?status=${status}`)).body.items.map(
    (run) => run['workflow_id'],
  );
}

test('runs are listed by the status that they have, also those whose record has not heard of their end', async () => {
  const lost = await pipeline.client.workflow.start('SyncAndIngestWorkflow', {
    workflowId: 'lost',
    taskQueue: 'nobody',
    args: [{ job: 'sync' }],
  });
  await recordOf(lost);

  expect(await listed('running')).toContain('lost');
  await lost.terminate('as if it were lost');

  expect(await listed('running')).not.toContain('lost');
  expect(await listed('terminated')).toContain('lost');
  expect(await listed('succeeded')).not.toContain('lost');
});

test('a run that somebody has reset is under way, and can be cancelled, also when it had ended', async () => {
  const { client, settings } = pipeline;
  const run = await client.workflow.start('SyncAndIngestWorkflow', {
    workflowId: 'reset',
    taskQueue: settings.temporal.taskQueue,
    args: [
      {
        job: 'sync',
        source: { kind: 'sharepoint' },
        retries: retryRules(settings),
        waitFor: { datasets: ['never'], minutes: 30 },
      },
    ],
  });
  await recordOf(run);
  const finished = async () =>
    (await run.fetchHistory()).events?.find(({ workflowTaskCompletedEventAttributes: it }) => it != null);
  await expect.poll(finished).toBeDefined();
  const workflowTaskFinishEventId = (await finished())?.eventId ?? null;
  const reset = () =>
    client.workflowService.resetWorkflowExecution({
      namespace: client.options.namespace,
      workflowExecution: { workflowId: 'reset', runId: run.firstExecutionRunId },
      workflowTaskFinishEventId,
      reason: 'to see what becomes of it',
      requestId: randomUUID(),
    });
  await reset();

  expect(await listed('running')).toContain('reset');
  const shown = await ask('GET', '/pipeline/runs/reset');
  expect(shown.body).toMatchObject({ status: 'running', run_id: run.firstExecutionRunId });
  for (const again of [true, false]) {
    expect((await ask('POST', '/pipeline/runs/reset/cancel')).status).toBe(202);
    expect(await ended('reset')).toMatchObject({ status: 'cancelled' });
    if (again) await reset();
  }
});

test('what a command has run is repeated by the workers of the jobs, but not what it named on its own machine', async () => {
  const command = async (workflowId: string, source: Source) => {
    const run = await pipeline.client.workflow.start('SyncAndIngestWorkflow', {
      workflowId,
      taskQueue: commandQueue('some-host', randomUUID()),
      args: [{ job: 'sync', source, retries: retryRules(pipeline.settings) }],
    });
    await run.terminate();
    return ask('POST', `/pipeline/runs/${workflowId}/retry`);
  };

  const repeated = await command('run-once', { kind: 'sharepoint' });
  expect(repeated.status).toBe(202);
  expect(await ended(repeated.body['workflow_id'])).toMatchObject({ status: 'succeeded' });
  const refused = await command('ingested', { kind: 'directory', paths: ['/somewhere/sales.csv'] });
  expect(refused).toMatchObject({ status: 409, body: { code: 'conflict' } });
  expect(refused.body['detail']).toContain('Call it there again');
});
