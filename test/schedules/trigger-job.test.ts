import { expect, test } from 'vitest';

import { RunAskedOtherwise } from '../../src/runs/errors.ts';
import { applyJobs } from '../../src/schedules/apply-jobs.ts';
import { createJob } from '../../src/schedules/edit-job.ts';
import { jobsOf } from '../../src/schedules/jobs.ts';
import { describeJob } from '../../src/schedules/read-jobs.ts';
import { type Claim, triggerClaimed } from '../../src/schedules/trigger-claimed.ts';
import { type Triggered, triggerJob } from '../../src/schedules/trigger-job.ts';
import { createNamespace } from '../support/namespace.ts';
import { Pipeline } from '../support/pipeline.ts';
import { salesToml } from '../support/sales.ts';
import { type ScheduleServer, scheduleServer, syncJob } from './schedule-server.ts';

function runOf(triggered: Triggered): string {
  return triggered.outcome === 'started' ? triggered.runId : triggered.outcome;
}

test('triggers that follow each other within a second start a run each, and those that come at once are all told of theirs', async () => {
  const env = { CHARLIE_TEMPORAL__NAMESPACE: await createNamespace() };
  // Without a worker every run stays under way.
  await using pipeline = await Pipeline.start({ toml: salesToml, env, worker: false });
  const { schedule } = pipeline.client;
  await applyJobs(schedule, jobsOf(pipeline.settings));

  const followed: Triggered[] = [];
  for (let times = 0; times < 4; times += 1)
    followed.push(await triggerJob(schedule, 'sync', { force: true }));
  const atOnce = await Promise.all(
    Array.from({ length: 4 }, () => triggerJob(schedule, 'sync', { force: true })),
  );

  expect(new Set(followed.map(runOf)).size).toBe(4);
  const { recentActions } = (await schedule.getHandle('sync').describe()).info;
  const runs = recentActions.map(({ action }) => action.workflow.firstExecutionRunId);
  expect(runs).toEqual(expect.arrayContaining([...followed, ...atOnce].map(runOf)));
});

/** A job whose runs queue, and its claims; nobody works for it. */
async function patientJob({ client, settings }: ScheduleServer) {
  const definition = syncJob('patient', settings, { overlap: 'queue' });
  await createJob(client.schedule, settings, definition, { origin: 'api', replaceExisting: false });
  const handle = client.schedule.getHandle('patient');
  const claim = { workflowId: null, take: async (id: string) => id, giveUp: async () => undefined };
  return {
    handle,
    counters: async () => (await describeJob(client.schedule, 'patient')).counters,
    claimed: (given: Partial<Claim> = {}) =>
      triggerClaimed(client, 'patient', { force: false, claim: { ...claim, ...given } }),
  };
}

test('a request that waits for its turn is not taken for skipped because a later one was', async () => {
  await using server = await scheduleServer();
  const { schedule, workflow } = server.client;
  const { claimed, counters, handle } = await patientJob(server);
  const first = await claimed();
  expect(first.outcome).toBe('started');

  const waiting = claimed();
  await expect.poll(async () => (await counters()).buffered).toBe(1);
  await handle.trigger('BUFFER_ONE');
  await expect.poll(async () => (await counters()).skippedOverlap).toBe(1);
  expect((await waiting).outcome).toBe('queued');

  if (first.outcome === 'started') await workflow.getHandle(first.workflowId).terminate();
  await expect.poll(async () => (await counters()).buffered).toBe(0);
  const triggered = triggerJob(schedule, 'patient', { force: false });
  await expect.poll(async () => (await counters()).buffered).toBe(1);
  await handle.trigger('BUFFER_ONE');
  await expect.poll(async () => (await counters()).skippedOverlap).toBe(2);
  const [running] = (await describeJob(schedule, 'patient')).running;
  await workflow.getHandle(running!.workflowId).terminate();
  expect((await triggered).outcome).toBe('started');
});

test('a request that is repeated while its run waits is told so, and has that one run', async () => {
  await using server = await scheduleServer();
  const { workflow } = server.client;
  const { claimed, counters } = await patientJob(server);
  const first = await claimed();
  const second = await claimed();
  if (first.outcome !== 'started' || second.outcome !== 'queued') throw new Error('not so');

  expect(await claimed({ workflowId: second.workflowId })).toEqual(second);
  const third = await claimed();
  expect(third.outcome).toBe('skipped');
  await workflow.getHandle(first.workflowId).terminate();
  const run = workflow.getHandle(second.workflowId);
  await expect.poll(async () => (await run.describe().catch(() => null))?.status.name).toBe('RUNNING');
  await run.terminate();
  const busy = async () => (await describeJob(server.client.schedule, 'patient')).running;
  await expect.poll(async () => [(await counters()).buffered, await busy()]).toEqual([0, []]);
  const ids = new Map<string, number>();
  for await (const { workflowId } of workflow.list({ query: 'CharlieJob = "patient"' }))
    ids.set(workflowId, (ids.get(workflowId) ?? 0) + 1);
  expect(ids.get(second.workflowId)).toBe(1);
});

test('a request whose start was dropped is told so also when it is repeated', async () => {
  await using server = await scheduleServer();
  const { workflow } = server.client;
  const { claimed, counters } = await patientJob(server);
  const first = await claimed();
  await claimed();
  let chosen = '';
  const dropped = await claimed({ take: async (id) => (chosen = id) });
  expect(dropped.outcome).toBe('skipped');

  if (first.outcome === 'started') await workflow.getHandle(first.workflowId).terminate();
  await expect.poll(async () => (await counters()).buffered).toBe(0);
  expect((await claimed({ workflowId: chosen })).outcome).toBe('skipped');
});

test('an id of which somebody else wants another run is given up', async () => {
  await using server = await scheduleServer();
  const { client } = server;
  await patientJob(server);
  const asked: string[] = [];
  const trigger = triggerClaimed(client, 'patient', {
    force: false,
    claim: {
      workflowId: null,
      take: async (id) => id,
      giveUp: async () => {
        asked.push('given up');
      },
    },
    prepare: async ({ workflowId }) => {
      asked.push(workflowId);
      throw new RunAskedOtherwise('patient');
    },
  });

  await expect(trigger).rejects.toThrow(RunAskedOtherwise);
  expect(asked).toEqual([expect.stringMatching(/^patient-2/), 'given up']);
});
