import { randomUUID } from 'node:crypto';

import { Context } from '@temporalio/activity';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure, type Duration } from '@temporalio/common';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';

import type { Activities, RunEnd } from '../../activities/contract.ts';
import type { RunStatus, SyncInput } from '../../src/domain/sync-run.ts';
import { findTemporalRun } from '../../src/runs/temporal-run.ts';
import { downloaded, failure as failed, fakeActivities, manifest } from './fake-activities.ts';
import { startTimeSkipping, withWorker } from './time-skipping.ts';

/** Where time passes as it does: the test server skips none while an activity is under way, and none for ever once a run has ended before one. */
let live: TestWorkflowEnvironment;
let skipping: TestWorkflowEnvironment;

beforeAll(async () => {
  skipping = await startTimeSkipping();
  live = await TestWorkflowEnvironment.createFromExistingServer({ address: inject('temporalAddress') });
});

afterAll(async () => {
  await live.teardown();
  await skipping.teardown();
});

/** The shortest that can be set. Its last quarter is for the farewell. */
const limit = '1 minute';

const input: SyncInput = {
  job: 'sync',
  source: { kind: 'sharepoint' },
  retries: { maxRetries: 3, retryDelaySeconds: 60, listMaxRetries: 0 },
};

interface Circumstances {
  readonly environment?: TestWorkflowEnvironment;
  readonly retries?: SyncInput['retries'];
  /** Done while the run is under way. */
  readonly during?: (run: WorkflowHandle) => Promise<unknown>;
}

interface Ended {
  readonly failure: unknown;
  readonly outcome: RunStatus | undefined;
  readonly ends: readonly RunEnd[];
}

/** A run with this limit, and how it ended. */
async function runToItsEnd(
  workflow: 'SyncAndIngestWorkflow' | 'BuildReportWorkflow',
  activities: Activities,
  workflowRunTimeout: Duration,
  { environment = live, retries = input.retries, during }: Circumstances = {},
): Promise<Ended> {
  const ends: RunEnd[] = [];
  const recording: Activities = {
    ...activities,
    recordRun: async (end) => {
      ends.push(end);
      return activities.recordRun(end);
    },
  };
  return withWorker(environment, recording, async (taskQueue) => {
    const run = await environment.client.workflow.start(workflow, {
      workflowId: `test-${randomUUID()}`,
      taskQueue,
      workflowRunTimeout,
      args: [{ ...input, retries }],
    });
    await during?.(run);
    const error: unknown = await run.result().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(WorkflowFailedError);
    const { workflowId } = run;
    const outcome = (await findTemporalRun(environment.client, { workflowId }))?.status;
    return { failure: (error as WorkflowFailedError).cause, outcome, ends };
  });
}

/** Beats as ours do, and ends when `until` does. */
async function beating<T>(until: Promise<T>): Promise<T> {
  const context = Context.current();
  const beat = setInterval(() => {
    context.heartbeat();
  }, 100);
  try {
    return await until;
  } finally {
    clearInterval(beat);
  }
}

test('a run that waits too long ends at 95 % of its limit', async () => {
  const activities = fakeActivities({
    listFiles: async () => {
      throw failed('Throttled', true);
    },
  });
  const patient = { maxRetries: 0, retryDelaySeconds: 3600, listMaxRetries: 9 };

  const { failure } = await runToItsEnd('SyncAndIngestWorkflow', activities, '2 hours', {
    environment: skipping,
    retries: patient,
  });

  expect((failure as Error).message).toBe('Ran into its time limit of 120 min while listing, for 114 min.');
});

test.concurrent('a run that hangs stops what it does, records where it was, and ends before it would be cut off', async () => {
  let stopped = false;
  const activities = fakeActivities({
    checkIngested: async () => manifest(['good.csv', 'hangs.csv']),
    downloadFiles: async ({ chunk }) => {
      if (chunk === 1)
        await beating(Context.current().cancelled).finally(() => {
          stopped = true;
        });
      return downloaded(1);
    },
  });

  const { failure, outcome, ends } = await runToItsEnd('SyncAndIngestWorkflow', activities, limit);

  expect(failure).toBeInstanceOf(ApplicationFailure);
  expect(failure).toMatchObject({ type: 'RunTimedOut', nonRetryable: true });
  expect((failure as Error).message).toMatch(
    /^Ran into its time limit of 60 s while loading, for \d+ s: 1 of 2 files were not finished\. Under way: downloading hangs\.csv, for \d+ s\.$/,
  );
  expect(stopped).toBe(true);
  expect(ends).toMatchObject([{ status: 'timed_out', error: `RunTimedOut: ${(failure as Error).message}` }]);
  expect(outcome).toBe('timed_out');
});

test.concurrent('an activity that does not let itself be stopped keeps no run from saying so', async () => {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const activities = fakeActivities({
    listFiles: async () => {
      await beating(released);
      return fakeActivities().listFiles({} as never);
    },
  });

  const ending = runToItsEnd('SyncAndIngestWorkflow', activities, limit, {
    during: async (run) => {
      // A worker ends when its activities do.
      void run
        .result()
        .catch(() => undefined)
        .finally(release);
    },
  });
  const { failure, ends } = await ending;

  expect((failure as Error).message).toMatch(/^Ran into its time limit of 60 s while listing, for \d+ s\.$/);
  expect(ends.map(({ status }) => status)).toEqual(['timed_out']);
});

test.concurrent('a record that cannot be written in time does not hide why the run ended', async () => {
  const activities = fakeActivities({
    listFiles: async () => {
      await beating(Context.current().cancelled);
      return fakeActivities().listFiles({} as never);
    },
    recordRun: async (end) => {
      await beating(Context.current().cancelled);
      return fakeActivities().recordRun(end);
    },
  });

  const { failure } = await runToItsEnd('SyncAndIngestWorkflow', activities, limit);

  expect(failure).toMatchObject({ type: 'RunTimedOut' });
});

test.concurrent('a report run that hangs says which workbook it hung at', async () => {
  const due = ['1300.xlsx', '1400.xlsx'].map((name) => ({
    kind: 'hourly' as const,
    periodStart: '2026-11-20T13:00:00Z',
    name,
  }));
  const activities = fakeActivities({
    findDueReports: async () => due,
    buildReport: async (report) => {
      if (report.name === '1400.xlsx') await beating(Context.current().cancelled);
      return fakeActivities().buildReport(report);
    },
  });

  const { failure, outcome, ends } = await runToItsEnd('BuildReportWorkflow', activities, limit);

  expect(failure).toMatchObject({ type: 'RunTimedOut' });
  expect((failure as Error).message).toMatch(
    /while building 1400\.xlsx, for \d+ s: 1 of 2 workbooks were not finished\.$/,
  );
  expect(outcome).toBe('timed_out');
  expect(ends).toEqual([]);
});

test.concurrent('a run that is cancelled before its limit ends as cancelled', async () => {
  const activities = fakeActivities({
    listFiles: async () => {
      await beating(Context.current().cancelled);
      return fakeActivities().listFiles({} as never);
    },
  });

  const { failure, outcome, ends } = await runToItsEnd('SyncAndIngestWorkflow', activities, '1 hour', {
    during: async (run) => {
      await expect.poll(() => activities.calls).toContain('listFiles');
      await run.cancel();
    },
  });

  expect(failure).toBeInstanceOf(CancelledFailure);
  expect(outcome).toBe('cancelled');
  expect(ends.map(({ status }) => status)).toEqual(['cancelled']);
});
