import { pino } from 'pino';
import { expect, test } from 'vitest';

import { createJob, resumeJob } from '../../src/schedules/edit-job.ts';
import { describeJob } from '../../src/schedules/read-jobs.ts';
import { triggerJob } from '../../src/schedules/trigger-job.ts';
import { watchSchedules } from '../../src/schedules/watch-schedules.ts';
import { createNamespace } from '../support/namespace.ts';
import { Pipeline } from '../support/pipeline.ts';
import { salesToml } from '../support/sales.ts';
import { syncJob } from './schedule-server.ts';

test('a job is paused with a note once it has failed as often in a row as it may, and again by the next failure after somebody has resumed it', async () => {
  await using pipeline = await Pipeline.start({
    toml: salesToml,
    env: {
      CHARLIE_TEMPORAL__NAMESPACE: await createNamespace(),
      CHARLIE_SCHEDULER__SHAREPOINT_FOLDER: '/Shared Documents/not there',
    },
  });
  const { client, settings } = pipeline;
  for (const [id, pauseAfterFailures] of [
    ['once', 1],
    ['twice', 2],
  ] as const) {
    const definition = syncJob(id, settings, { pauseAfterFailures });
    await createJob(client.schedule, settings, definition, { origin: 'api', replaceExisting: false });
  }
  const stop = new AbortController();
  const watch = watchSchedules(client, ['once', 'twice'], pino({ level: 'silent' }), {
    signal: stop.signal,
    askEveryMs: 100,
  });
  const fail = async (id: string) => {
    const run = await triggerJob(client.schedule, id, { force: false });
    if (run.outcome !== 'started') throw new Error('not started');
    await expect(client.workflow.getHandle(run.workflowId, run.runId).result()).rejects.toThrow();
    return run.workflowId;
  };
  const state = async (id: string) => {
    const { paused, note } = await describeJob(client.schedule, id);
    return { paused, note };
  };

  // A single one is Temporal's own business.
  const once = await fail('once');
  await expect
    .poll(() => state('once'))
    .toMatchObject({ paused: true, note: expect.stringContaining(once) as string });

  await fail('twice');
  const second = await fail('twice');
  const note = `paused after 2 failures in a row, the last of them ${second}`;
  await expect.poll(() => state('twice')).toEqual({ paused: true, note });

  await resumeJob(client.schedule, 'twice', 'it should work now');
  const third = await fail('twice');
  await expect.poll(() => state('twice')).toEqual({ paused: true, note: note.replace(second, third) });
  stop.abort();
  await watch;
});
