import { WorkflowFailedError } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';

import type { GenerateResult } from '../../src/domain/generation.ts';
import type { JobDefinition, JobKind } from '../../src/domain/job.ts';
import type { SyncResult } from '../../src/domain/sync-run.ts';
import { applyJobs } from '../../src/schedules/apply-jobs.ts';
import { createJob } from '../../src/schedules/edit-job.ts';
import { followersOf } from '../../src/schedules/find-followers.ts';
import { newJob } from '../../src/schedules/job-defaults.ts';
import { generateInput } from '../../src/schedules/job-schedule.ts';
import { generateJobId, jobsOf } from '../../src/schedules/jobs.ts';
import { undeclaredNote } from '../../src/schedules/pause-notes.ts';
import { triggerJob } from '../../src/schedules/trigger-job.ts';
import { loadSettings } from '../../src/settings/load-settings.ts';
import { charlie } from '../support/charlie.ts';
import { clearOfTicks } from '../support/clear-of-ticks.ts';
import { createNamespace } from '../support/namespace.ts';
import { Pipeline } from '../support/pipeline.ts';
import { testEndpoint } from './test-endpoint.ts';

const toml = `
[datasets.calls]
patterns = ["calls*.csv"]
key = ["call_id"]
[datasets.calls.columns]
call_id = { type = "text", required = true, headers = ["Call ID", "call_id"] }
`;

let pipeline: Pipeline;
let webhook: Awaited<ReturnType<typeof testEndpoint>>;

beforeAll(async () => {
  webhook = await testEndpoint({ status: 500, body: '' }, { status: 200, body: '' });
  pipeline = await Pipeline.start({
    toml,
    library: 'generated',
    env: {
      CHARLIE_GENERATE__WEBHOOK_URL: `${webhook.url}?key=not-to-be-seen`,
      CHARLIE_TEMPORAL__NAMESPACE: await createNamespace(),
    },
  });
});

afterAll(async () => {
  await pipeline[Symbol.asyncDispose]();
  await webhook[Symbol.asyncDispose]();
});

const made = { status: 201, body: '{"files": 2, "rows": 20}' };
const busy = { status: 503, body: 'not yet' };

test('charlie generate has the simulator make files, loads them, and says what came of both', async () => {
  await clearOfTicks();
  const before = pipeline.simulator.library.list().length;

  const done = await charlie(
    ['generate', '--endpoint', simulatorEndpoint(), '--files', '6', '--rows', '7', '--output', 'json'],
    { cwd: pipeline.dir, env: pipeline.env },
  );

  expect(done).toMatchObject({ exitCode: 0 });
  const result = JSON.parse(done.stdout) as GenerateResult;
  expect(result).toMatchObject({ files: 6, problems: [], sync: { status: 'succeeded' } });
  expect(pipeline.simulator.library.list()).toHaveLength(before + 6);
  const calls = pipeline.simulator.library.list().filter(({ path }) => path.startsWith('calls'));
  expect(result.sync?.ingested).toBe(calls.length);
  const loaded = await pipeline.sql<
    { name: string }[]
  >`select name from ingestion_log where state = 'ingested'`;
  expect(loaded.map(({ name }) => name).sort()).toEqual(calls.map(({ path }) => path).sort());
});

test('an endpoint that is busy is asked again, and the webhook is told once the files are there', async () => {
  await using generator = await testEndpoint(busy, busy, made);

  const result = await generate({
    CHARLIE_GENERATE__ENDPOINTS: generator.url,
    CHARLIE_GENERATE__ROWS: '10',
    CHARLIE_GENERATE__THEN: 'webhook',
  });

  expect(result).toEqual({ files: 2, rows: 20, problems: [], sync: null });
  expect(generator.received).toEqual([{ rows: 10 }, { rows: 10 }, { rows: 10 }]);
  expect(webhook.received).toHaveLength(2);
  expect(webhook.received[1]).toMatchObject({
    event: 'files_generated',
    job: 'generate',
    files: 2,
    rows: 20,
  });
});

test('of several simulators those that fail are named, and what the others made is loaded', async () => {
  await using refusing = await testEndpoint({ status: 404, body: 'no such place' });
  const result = await generate({
    CHARLIE_GENERATE__ENDPOINTS: `${refusing.url},${simulatorEndpoint()}`,
    CHARLIE_GENERATE__FILES: '1',
  });

  expect(result).toMatchObject({ files: 1, sync: { status: 'succeeded' } });
  expect(result.problems).toEqual([expect.stringContaining('EndpointRefused')]);
  expect(result.problems[0]).toContain('404, "no such place"');
  // A refusal is not repeated.
  expect(refusing.received).toHaveLength(1);
});

test.each([
  ['is not there', { status: 404, body: '' }, 'EndpointRefused', 1],
  ['stays busy', busy, 'EndpointFailed', 2],
  ['answers something else', { status: 200, body: 'hello' }, 'EndpointFailed', 2],
])('a run whose only endpoint %s fails with that cause', async (_, answer, type, requests) => {
  await using generator = await testEndpoint(answer);
  const env = { CHARLIE_GENERATE__ENDPOINTS: generator.url, CHARLIE_SCHEDULER__MAX_RETRIES: '1' };

  const error: unknown = await generate(env).catch((thrown: unknown) => thrown);

  expect(error).toBeInstanceOf(WorkflowFailedError);
  expect((error as WorkflowFailedError).cause?.cause).toMatchObject({ type });
  expect(generator.received).toHaveLength(requests);
});

test('the job exists while the settings give it an interval, and is paused when they do no more', async () => {
  const { schedule } = pipeline.client;
  const withInterval = settingsWith({
    CHARLIE_GENERATE__ENDPOINTS: simulatorEndpoint(),
    CHARLIE_GENERATE__INTERVAL_MINUTES: '15',
  });
  await applyJobs(schedule, jobsOf(withInterval));
  const handle = schedule.getHandle(generateJobId);
  try {
    const { spec, action, state } = await handle.describe();
    expect(spec.intervals).toMatchObject([{ every: 15 * 60 * 1000 }]);
    expect(action).toMatchObject({ workflowType: 'GenerateAndSyncWorkflow' });
    expect(state.paused).toBe(false);

    await applyJobs(schedule, jobsOf(pipeline.settings));
    expect((await handle.describe()).state).toMatchObject({ paused: true, note: undeclaredNote });

    await applyJobs(schedule, jobsOf(withInterval));
    expect((await handle.describe()).state.paused).toBe(false);
  } finally {
    for (const { id } of jobsOf(withInterval)) await schedule.getHandle(id).delete();
  }
});

test('a generate job follows another one, and is followed for the rows that it brought', async () => {
  const { client } = pipeline;
  const settings = settingsWith({
    CHARLIE_GENERATE__ENDPOINTS: simulatorEndpoint(),
    CHARLIE_GENERATE__FILES: '6',
    CHARLIE_GENERATE__ROWS: '5',
  });
  const declare = async (id: string, kind: JobKind, given: Partial<JobDefinition> = {}) => {
    const definition = { ...newJob(id, kind, settings), ...given };
    await createJob(client.schedule, settings, definition, { origin: 'api', replaceExisting: false });
  };
  await declare('leading', 'sync');
  await declare('making', 'generate', { chain: { after: 'leading', onlyIfRows: false } });
  await declare('reports', 'hourly-report', { chain: { after: 'making', onlyIfRows: true } });
  await expect.poll(() => followersOf(client.schedule, 'leading')).toEqual(['making']);
  await expect.poll(() => followersOf(client.schedule, 'making')).toEqual(['reports']);

  const leading = await triggerJob(client.schedule, 'leading', { force: false });
  const { followers } = await resultOf<SyncResult>(leading.outcome === 'started' ? leading.workflowId : '');
  const [making] = followers ?? [];
  expect(making).toMatchObject({ job: 'making', outcome: 'started' });
  const made = await resultOf<GenerateResult>(making?.workflowId ?? '');

  expect(made).toMatchObject({ files: 6, followers: [{ job: 'reports', outcome: 'started' }] });
  expect(made.sync?.rowsLoaded).toBeGreaterThan(0);
});

test('charlie generate says whom it could ask when nobody is known', async () => {
  const refused = await charlie(['generate'], { cwd: pipeline.dir, env: pipeline.env });

  expect(refused.exitCode).toBe(2);
  expect(refused.stderr).toContain('generate.endpoints');
});

async function resultOf<T>(workflowId: string): Promise<T> {
  return (await pipeline.client.workflow.getHandle(workflowId).result()) as T;
}

function simulatorEndpoint(): string {
  return `${pipeline.simulator.url}/sim/generate/all`;
}

function settingsWith(env: Readonly<Record<string, string>>) {
  return loadSettings({ cwd: pipeline.dir, env: { ...pipeline.env, ...env } }).settings;
}

async function generate(env: Readonly<Record<string, string>>): Promise<GenerateResult> {
  const settings = settingsWith({ ...env, CHARLIE_SCHEDULER__RETRY_DELAY_SECONDS: '1' });
  const handle = await pipeline.client.workflow.start('GenerateAndSyncWorkflow', {
    workflowId: `generate-${crypto.randomUUID()}`,
    taskQueue: settings.temporal.taskQueue,
    args: [generateInput(settings)],
  });
  return (await handle.result()) as GenerateResult;
}
