import { defineSearchAttributeKey } from '@temporalio/common';
import { expect, test } from 'vitest';

import { readJobHealth } from '../../src/runs/job-health.ts';
import { createJob, pauseJob } from '../../src/schedules/edit-job.ts';
import { describeJob } from '../../src/schedules/read-jobs.ts';
import { scheduleServer, syncJob } from '../schedules/schedule-server.ts';

const jobKey = defineSearchAttributeKey('CharlieJob', 'KEYWORD');

test('a job is failing by the end of its last run, late when none has succeeded in time, and neither while it is paused', async () => {
  await using server = await scheduleServer();
  const { client, settings } = server;
  const definition = syncJob('watched', settings, { successWithinMinutes: 60 });
  await createJob(client.schedule, settings, definition, { origin: 'api', replaceExisting: false });
  const health = async (now = new Date()) => {
    const { status, reason } = await readJobHealth(
      client,
      await describeJob(client.schedule, 'watched'),
      now,
    );
    return { status, reason };
  };
  // Nobody works here: a run ends by its time limit, or when somebody ends it.
  const start = (workflowId: string) =>
    client.workflow.start('SyncAndIngestWorkflow', {
      workflowId,
      taskQueue: 'nobody',
      args: [{ job: 'watched' }],
      workflowRunTimeout: workflowId === 'first' ? '1 second' : '1 hour',
      typedSearchAttributes: [{ key: jobKey, value: 'watched' }],
    });

  expect(await health()).toEqual({ status: 'ok', reason: '' });
  await start('first');
  await expect.poll(() => health()).toEqual({ status: 'failing', reason: 'The last run, first, timed out.' });
  const second = await start('second');
  await second.terminate();
  await expect
    .poll(() => health())
    .toEqual({ status: 'failing', reason: 'The last run, second, was terminated.' });

  expect(await health(new Date(Date.now() + 61 * 60_000))).toMatchObject({
    status: 'late',
    reason: expect.stringMatching(
      /^No run has succeeded since \S+Z, and one should within 60 minutes\.$/,
    ) as string,
  });
  await pauseJob(client.schedule, 'watched', 'until Monday');
  expect(await health()).toEqual({ status: 'paused', reason: 'until Monday' });
});
