import { expect, test } from 'vitest';

import { applyJobs } from '../../src/schedules/apply-jobs.ts';
import { jobsOf } from '../../src/schedules/jobs.ts';
import { type Triggered, triggerJob } from '../../src/schedules/trigger-job.ts';
import { createNamespace } from '../support/namespace.ts';
import { Pipeline } from '../support/pipeline.ts';
import { salesToml } from '../support/sales.ts';

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
