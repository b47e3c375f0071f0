import { pino } from 'pino';
import { expect, test } from 'vitest';

import { applyJobs } from '../../src/schedules/apply-jobs.ts';
import { createJob, pauseJob, resumeJob } from '../../src/schedules/edit-job.ts';
import { jobsOf } from '../../src/schedules/jobs.ts';
import { triggerJob } from '../../src/schedules/trigger-job.ts';
import { watchSchedules } from '../../src/schedules/watch-schedules.ts';
import { createNamespace } from '../support/namespace.ts';
import { Pipeline } from '../support/pipeline.ts';
import { salesToml } from '../support/sales.ts';
import { createHastyJob, scheduleServer, syncJob } from './schedule-server.ts';

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
    .poll(() => lines.find(({ level }) => level === 40))
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

test('of a job that has not succeeded in time is warned once, and told when that is over', async () => {
  await using server = await scheduleServer();
  const { client, settings } = server;
  await createHastyJob(client, settings);
  const patient = syncJob('patient', settings, { successWithinMinutes: 60 });
  await createJob(client.schedule, settings, patient, { origin: 'api', replaceExisting: false });
  const said: string[] = [];
  const logger = pino(
    { base: null, level: 'debug' },
    {
      write: (line: string) => {
        const { job, msg } = JSON.parse(line) as { job?: string; msg: string };
        if (msg.includes('late')) said.push(`${job ?? ''}: ${msg}`);
      },
    },
  );
  const stop = new AbortController();
  const watch = watchSchedules(client, ['hasty', 'patient'], logger, { signal: stop.signal, askEveryMs: 50 });
  const late = 'hasty: Job is late: no run has succeeded within so many minutes';
  await expect.poll(() => said).toEqual([late]);

  await pauseJob(client.schedule, 'hasty', 'nobody minds');
  await expect.poll(() => said).toEqual([late, 'hasty: Job is no longer late']);
  await resumeJob(client.schedule, 'hasty', 'somebody minds');
  await expect.poll(() => said).toEqual([late, 'hasty: Job is no longer late', late]);
  stop.abort();
  await watch;
});
