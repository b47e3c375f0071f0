import { expect, test } from 'vitest';

import { applyJobs } from '../../src/schedules/apply-jobs.ts';
import { createJob } from '../../src/schedules/edit-job.ts';
import { jobsOf } from '../../src/schedules/jobs.ts';
import { triggerClaimed } from '../../src/schedules/trigger-claimed.ts';
import { type Triggered, triggerJob } from '../../src/schedules/trigger-job.ts';
import { createNamespace } from '../support/namespace.ts';
import { Pipeline } from '../support/pipeline.ts';
import { salesToml } from '../support/sales.ts';
import { scheduleServer, syncJob } from './schedule-server.ts';

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

test('a request that waits for its turn is not taken for skipped because a later one was', async () => {
  await using server = await scheduleServer();
  const { client, settings } = server;
  const definition = syncJob('patient', settings, { overlap: 'queue' });
  await createJob(client.schedule, settings, definition, { origin: 'api', replaceExisting: false });
  const claimed = () =>
    triggerClaimed(client, 'patient', {
      force: false,
      claim: { workflowId: null, take: async (workflowId) => workflowId },
    });
  const handle = client.schedule.getHandle('patient');
  expect((await claimed()).outcome).toBe('started');

  const waiting = claimed();
  await expect.poll(async () => Number((await handle.describe()).raw.info?.bufferSize)).toBe(1);
  await handle.trigger('BUFFER_ONE');
  await expect.poll(async () => (await handle.describe()).info.numActionsSkippedOverlap).toBe(1);

  expect((await waiting).outcome).toBe('queued');
});
