import { pino } from 'pino';
import { expect, test } from 'vitest';

import { applyJobs } from '../../src/schedules/apply-jobs.ts';
import { jobsOf } from '../../src/schedules/jobs.ts';
import { triggerJob } from '../../src/schedules/trigger-job.ts';
import { watchSchedules } from '../../src/schedules/watch-schedules.ts';
import { createNamespace } from '../support/namespace.ts';
import { Pipeline } from '../support/pipeline.ts';
import { salesToml } from '../support/sales.ts';

test('while no worker lives one run waits, a tick that is skipped is warned of and counted, and the run goes on when a worker comes', async () => {
  const env = { CHARLIE_TEMPORAL__NAMESPACE: await createNamespace() };
  // Without a worker the first run stays under way.
  await using pipeline = await Pipeline.start({ toml: salesToml, env, worker: false });
  const { schedule } = pipeline.client;
  await applyJobs(schedule, jobsOf(pipeline.settings));
  const lines: Record<string, unknown>[] = [];
  const logger = pino(
    { base: null },
    { write: (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>) },
  );
  const stop = new AbortController();
  const watch = watchSchedules(pipeline.client, ['sync', 'no-such-job'], logger, {
    signal: stop.signal,
    askEveryMs: 50,
  });
  await expect.poll(() => lines.map(({ msg }) => msg)).toContain('Watching the schedules');

  const first = await triggerJob(schedule, 'sync', { force: false });
  const second = await triggerJob(schedule, 'sync', { force: false });

  expect(first.outcome).toBe('started');
  expect(second).toMatchObject({
    outcome: 'skipped',
    running: first.outcome === 'started' ? first.workflowId : '',
  });
  await expect
    .poll(() => lines.find(({ level }) => level === 40), { timeout: 20_000 })
    .toMatchObject({
      msg: 'Tick skipped: a run was under way',
      job: 'sync',
      count: 1,
    });
  stop.abort();
  await watch;
  expect(lines.at(-1)).toMatchObject({ msg: 'No longer watching the schedules' });

  // The one that waited goes on when a worker comes.
  await pipeline.startWorker();
  const waiting = pipeline.client.workflow.getHandle(first.outcome === 'started' ? first.workflowId : '');
  expect(await waiting.result()).toMatchObject({ status: 'succeeded' });
});
