import { randomUUID } from 'node:crypto';

import { CancelledFailure, Context } from '@temporalio/activity';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import type { ApplicationFailure, Duration } from '@temporalio/common';
import { ActivityFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';

import type { Activities, RunEnd } from '../../activities/contract.ts';
import { plainConfig } from '../../src/domain/job.ts';
import type { SyncInput, SyncProgress, SyncResult } from '../../src/domain/sync-run.ts';
import type { SyncAndIngestWorkflow } from '../../workflows/sync-and-ingest.ts';
import { downloaded, failure, fakeActivities, ingested, manifest, throttled } from './fake-activities.ts';
import { datasetKey, jobKey, outcomeKey, startTimeSkipping, withWorker } from './time-skipping.ts';

let environment: TestWorkflowEnvironment;

beforeAll(async () => {
  environment = await startTimeSkipping();
});

afterAll(async () => {
  await environment.teardown();
});

const retries = { maxRetries: 3, retryDelaySeconds: 60, listMaxRetries: 0 };

async function run(activities: Activities, input: Partial<SyncInput> = {}): Promise<SyncResult> {
  return withWorker(environment, activities, async (taskQueue) => {
    const handle = await start(taskQueue, input);
    return handle.result();
  });
}

function start(
  taskQueue: string,
  input: Partial<SyncInput> = {},
  workflowRunTimeout: Duration = '1 day',
): Promise<WorkflowHandle<typeof SyncAndIngestWorkflow>> {
  return environment.client.workflow.start<typeof SyncAndIngestWorkflow>('SyncAndIngestWorkflow', {
    workflowId: `test-${randomUUID()}`,
    taskQueue,
    workflowRunTimeout,
    args: [{ job: 'sync', source: { kind: 'sharepoint' }, retries, ...input }],
  });
}

async function failureOf(work: Promise<unknown>): Promise<ApplicationFailure> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(WorkflowFailedError);
  const cause = (error as WorkflowFailedError).cause;
  expect(cause).toBeInstanceOf(ActivityFailure);
  return (cause as ActivityFailure).cause as ApplicationFailure;
}

test('a folder without files ends well and touches nothing', async () => {
  const activities = fakeActivities({
    listFiles: async () => ({ sourceId: '1', listed: 0, pages: 1, deleted: 0 }),
  });

  const result = await run(activities);

  expect(result.status).toBe('succeeded');
  expect(activities.calls).toEqual(['listFiles', 'checkIngested', 'recordRun']);
});

test('a folder whose files are all ingested downloads nothing', async () => {
  const activities = fakeActivities();

  await run(activities);

  expect(activities.calls).toEqual(['listFiles', 'checkIngested', 'recordRun']);
});

test('hours that an earlier run left stale are aggregated even when no file is new', async () => {
  const activities = fakeActivities({ checkIngested: async () => ({ ...manifest([]), staleHours: 2 }) });

  await run(activities);

  expect(activities.calls).toEqual(['listFiles', 'checkIngested', 'aggregate', 'recordRun']);
});

test('every chunk is downloaded, then ingested, then the touched hours are aggregated once', async () => {
  const labels = ['a.csv', 'b.csv', 'c.csv', 'd.csv', 'e.csv', 'f.csv'];
  const order: string[] = [];
  const activities = fakeActivities({
    checkIngested: async () => manifest(labels),
    downloadFiles: async ({ chunk }) => {
      order.push(`download ${chunk}`);
      return downloaded(1);
    },
    ingestFiles: async ({ chunk }) => {
      order.push(`ingest ${chunk}`);
      return ingested(1);
    },
  });

  await run(activities);

  for (const chunk of labels.keys()) {
    expect(order.filter((step) => step === `download ${chunk}`)).toHaveLength(1);
    expect(order.indexOf(`ingest ${chunk}`)).toBeGreaterThan(order.indexOf(`download ${chunk}`));
  }
  expect(activities.calls.slice(-2)).toEqual(['aggregate', 'recordRun']);
});

test('a chunk of which nothing could be downloaded is not ingested', async () => {
  const activities = fakeActivities({
    checkIngested: async () => manifest(['a.csv']),
    downloadFiles: async () => downloaded(0, 1),
  });

  await run(activities);

  expect(activities.calls).not.toContain('ingestFiles');
});

test('a file that fails is tried again after 60, 120 and 240 seconds, while the others go on', async () => {
  const attempts: number[] = [];
  const activities = fakeActivities({
    checkIngested: async () => manifest(['bad.csv', 'good.csv']),
    downloadFiles: async ({ chunk }) => {
      if (chunk === 1) return downloaded(1);
      attempts.push(await environment.currentTimeMs());
      return downloaded(0, 1);
    },
    planRetries: async () => ({
      firstChunk: attempts.length + 1,
      labels: attempts.length <= 3 ? ['bad.csv'] : [],
    }),
  });

  const result = await run(activities);

  expect(result.status).toBe('succeeded');
  expect(activities.calls.filter((name) => name === 'ingestFiles')).toHaveLength(1);
  // The clock of the server runs on beside the timers.
  const tens = attempts.slice(1).map((time, index) => Math.round((time - (attempts[index] ?? 0)) / 10_000));
  expect(tens).toEqual([6, 12, 24]);
});

test('a source that asks for a pause is left alone for so long, in a timer of the workflow', async () => {
  const times: number[] = [];
  const activities = fakeActivities({
    checkIngested: async () => manifest(['a.csv']),
    downloadFiles: async () => {
      times.push(await environment.currentTimeMs());
      return times.length === 1 ? downloaded(0, 0, 300) : downloaded(1);
    },
    planRetries: async () => ({ firstChunk: 1, labels: times.length === 1 ? ['a.csv'] : [] }),
  });

  await run(activities);

  expect(times).toHaveLength(2);
  expect(Math.round(((times[1] ?? 0) - (times[0] ?? 0)) / 10_000)).toBe(30);
});

test('a file that is too fresh is waited for once, in a timer of the workflow; what is fresh after that is left to the next run', async () => {
  const times: number[] = [];
  const activities = fakeActivities({
    checkIngested: async () => manifest(['a.csv']),
    downloadFiles: async () => {
      times.push(await environment.currentTimeMs());
      return { ...downloaded(0), unready: 1, readyInSeconds: 30 };
    },
    planRetries: async () => ({ firstChunk: times.length, labels: ['a.csv'] }),
  });

  expect((await run(activities)).status).toBe('succeeded');

  expect(times).toHaveLength(2);
  expect(Math.round(((times[1] ?? 0) - (times[0] ?? 0)) / 10_000)).toBe(3);
});

test('once a source asks for a pause, no further chunk is asked for', async () => {
  const labels = Array.from({ length: 20 }, (_, index) => `${index}.csv`);
  let asked = 0;
  const activities = fakeActivities({
    checkIngested: async () => manifest(labels),
    downloadFiles: async () => {
      asked++;
      return downloaded(0, 0, 300);
    },
  });

  await run(activities);

  // The lanes that were under way already.
  expect(asked).toBeLessThanOrEqual(4);
});

test('a retry that would outlast the time limit of the run is left to the next run', async () => {
  const activities = fakeActivities({
    checkIngested: async () => manifest(['bad.csv']),
    downloadFiles: async () => downloaded(0, 1),
    planRetries: async () => ({ firstChunk: 1, labels: ['bad.csv'] }),
  });
  const patient = { ...retries, retryDelaySeconds: 3600 };

  const result = await withWorker(environment, activities, async (taskQueue) => {
    const handle = await start(taskQueue, { retries: patient }, '1 hour');
    return handle.result();
  });

  expect(result.status).toBe('succeeded');
  expect(activities.calls.filter((name) => name === 'downloadFiles')).toHaveLength(1);
});

test('a listing that is asked to pause goes on after a timer as long, though listings are not retried', async () => {
  const times: number[] = [];
  const activities = fakeActivities({
    listFiles: async () => {
      times.push(await environment.currentTimeMs());
      if (times.length === 1) throw throttled(300);
      return fakeActivities().listFiles({} as never);
    },
  });

  const result = await run(activities);

  expect(result).toMatchObject({ status: 'succeeded', pausedSeconds: 300 });
  expect(((times[1] ?? 0) - (times[0] ?? 0)) / 1000).toBeGreaterThanOrEqual(300);
});

test('a source that asks for a second each time is asked ever less often, until the time limit is near; then the run fails for that', async () => {
  let asked = 0;
  const activities = fakeActivities({
    listFiles: async () => {
      asked++;
      throw throttled(1);
    },
  });

  const cause = await failureOf(
    withWorker(environment, activities, async (taskQueue) =>
      (await start(taskQueue, {}, '2 hours')).result(),
    ),
  );

  expect(cause.type).toBe('Throttled');
  // 1, 2, 4 ... 256 and then 300 seconds, within four fifths of two hours.
  expect(asked).toBe(27);
  expect(activities.calls.at(-1)).toBe('recordRun');
});

test('moves that are asked to pause go on after it; those that would have to pause for too long are left to the next run', async () => {
  const pauses = [300, 100_000];
  const activities = fakeActivities({
    checkIngested: async () => ({ ...manifest(['a.csv']), moves: true }),
    moveIngested: async () => {
      throw throttled(pauses.shift() ?? 0);
    },
  });

  const result = await run(activities);

  expect(result).toMatchObject({ status: 'succeeded', pausedSeconds: 300 });
  expect(pauses).toEqual([]);
});

test('a listing error fails the run at once with its cause, and the run is recorded as failed, with what its job does differently', async () => {
  const ends: RunEnd[] = [];
  const config = { ...plainConfig, incrementalMode: 'full' } as const;
  const activities = fakeActivities({
    listFiles: async () => {
      throw failure('SharePointUnreachable', true);
    },
    recordRun: async (end) => {
      ends.push(end);
      return fakeActivities().recordRun(end);
    },
  });

  const cause = await failureOf(run(activities, { config }));

  expect(cause.type).toBe('SharePointUnreachable');
  expect(activities.calls).toEqual(['listFiles', 'recordRun']);
  expect(ends).toMatchObject([
    { status: 'failed', error: 'SharePointUnreachable: SharePointUnreachable happened', config },
  ]);
});

test('a listing error that may pass is tried again as often as the settings allow', async () => {
  let attempts = 0;
  const activities = fakeActivities({
    listFiles: async () => {
      attempts++;
      throw failure('Throttled', true);
    },
  });

  await failureOf(run(activities, { retries: { ...retries, listMaxRetries: 2 } }));

  expect(attempts).toBe(3);
});

test('a refused sign-in is not tried again, whatever the settings allow', async () => {
  let attempts = 0;
  const activities = fakeActivities({
    listFiles: async () => {
      attempts++;
      throw failure('SignInRefused', true);
    },
  });

  await failureOf(run(activities, { retries: { ...retries, listMaxRetries: 5 } }));

  expect(attempts).toBe(1);
});

test('a database error while checking fails the run at once, without listing again', async () => {
  const activities = fakeActivities({
    checkIngested: async () => {
      throw failure('DatabaseUnavailable', true);
    },
  });

  const cause = await failureOf(run(activities));

  expect(cause.type).toBe('DatabaseUnavailable');
  expect(activities.calls).toEqual(['listFiles', 'checkIngested', 'recordRun']);
});

test('a database error while checking is tried again as often as the settings allow, without listing again', async () => {
  let attempts = 0;
  const activities = fakeActivities({
    checkIngested: async () => {
      attempts++;
      if (attempts < 3) throw failure('DatabaseUnavailable', true);
      return manifest([]);
    },
  });

  await run(activities, { retries: { ...retries, listMaxRetries: 2 } });

  expect(activities.calls).toEqual([
    'listFiles',
    'checkIngested',
    'checkIngested',
    'checkIngested',
    'recordRun',
  ]);
});

test('a database that is away while ingesting is waited for, and no file is downloaded again', async () => {
  let attempts = 0;
  const activities = fakeActivities({
    checkIngested: async () => manifest(['a.csv']),
    ingestFiles: async () => {
      attempts++;
      if (attempts < 8) throw failure('DatabaseUnavailable', false);
      return ingested(1);
    },
  });

  await run(activities);

  expect(attempts).toBe(8);
  expect(activities.calls.filter((name) => name === 'downloadFiles')).toHaveLength(1);
});

test('when the record cannot be written either, the run fails with the cause that came first', async () => {
  const activities = fakeActivities({
    listFiles: async () => {
      throw failure('DatabaseUnavailable', true);
    },
    recordRun: async () => {
      throw failure('RunNotFound', true);
    },
  });

  expect((await failureOf(run(activities))).type).toBe('DatabaseUnavailable');
});

test('a cancelled run lets its activities stop, is recorded as cancelled, and ends as cancelled', async () => {
  const order: string[] = [];
  const activities = fakeActivities({
    checkIngested: async () => manifest(['a.csv']),
    downloadFiles: async () => {
      const context = Context.current();
      const beat = setInterval(() => {
        context.heartbeat();
      }, 50);
      try {
        order.push('working');
        await context.cancelled;
        return downloaded(1);
      } catch (error) {
        order.push('stopped');
        throw error;
      } finally {
        clearInterval(beat);
      }
    },
    recordRun: async (end) => {
      order.push(`recorded ${end.status}`);
      return fakeActivities().recordRun(end);
    },
  });

  const error = await withWorker(environment, activities, async (taskQueue) => {
    const handle = await start(taskQueue);
    await expect.poll(() => order.includes('working')).toBe(true);
    await handle.cancel();
    return handle.result().catch((reason: unknown) => reason);
  });

  expect((error as WorkflowFailedError).cause).toBeInstanceOf(CancelledFailure);
  expect(order).toEqual(['working', 'stopped', 'recorded cancelled']);
});

test('when one lane fails for good, the others are cancelled before the run ends', async () => {
  const order: string[] = [];
  let busy = (): void => undefined;
  const isBusy = new Promise<void>((resolve) => {
    busy = resolve;
  });
  const activities = fakeActivities({
    checkIngested: async () => manifest(['slow.csv', 'fatal.csv']),
    downloadFiles: async ({ chunk }) => {
      if (chunk === 1) {
        await isBusy;
        throw failure('IngestionDirUnusable', true);
      }
      const context = Context.current();
      const beat = setInterval(() => {
        context.heartbeat();
      }, 50);
      busy();
      try {
        await context.cancelled;
        return downloaded(1);
      } catch (error) {
        order.push('other stopped');
        throw error;
      } finally {
        clearInterval(beat);
      }
    },
    recordRun: async (end) => {
      order.push('recorded');
      return fakeActivities().recordRun(end);
    },
  });

  expect((await failureOf(run(activities))).type).toBe('IngestionDirUnusable');
  expect(order).toEqual(['other stopped', 'recorded']);
});

test('a run can be searched by job, datasets and outcome, and tells how far it is', async () => {
  const activities = fakeActivities({ checkIngested: async () => manifest(['a.csv']) });

  const { attributes, progress } = await withWorker(environment, activities, async (taskQueue) => {
    const handle = await start(taskQueue);
    await handle.result();
    return {
      attributes: (await handle.describe()).typedSearchAttributes,
      progress: await handle.query<SyncProgress>('progress'),
    };
  });

  expect(attributes.get(jobKey)).toBe('sync');
  expect(attributes.get(datasetKey)).toEqual(['calls']);
  expect(attributes.get(outcomeKey)).toBe('succeeded');
  expect(progress).toMatchObject({ phase: 'done', listed: 3, total: 1, ingested: 1, rowsLoaded: 10 });
});

test('who follows is started with the rows that were loaded, where the record says that somebody does, and fails nothing', async () => {
  const { recordRun } = fakeActivities();
  const asked: unknown[] = [];
  const followed: Partial<Activities> = {
    recordRun: async (input) => ({ ...(await recordRun(input)), rowsLoaded: 7, followed: true }),
    startFollowers: async (input) => {
      asked.push(input.rowsLoaded);
      return { followers: [{ job: 'next', outcome: 'paused', workflowId: null }] };
    },
  };
  const alone = fakeActivities();
  const broken = async () => {
    throw failure('Forbidden', true);
  };

  expect(await run(fakeActivities(followed))).toMatchObject({ followers: [{ job: 'next' }], rowsLoaded: 7 });
  const failed = await run(fakeActivities({ ...followed, startFollowers: broken }));
  expect(await run(alone)).not.toHaveProperty('followers');
  expect(failed).toMatchObject({ status: 'succeeded' });
  expect(failed).not.toHaveProperty('followed');
  expect(asked).toEqual([7]);
  expect(alone.calls).not.toContain('startFollowers');
});

test('a run that waits for data begins when they are there, and ends without having done anything when they do not come in time', async () => {
  const waitFor = { datasets: ['calls', 'agents'], minutes: 30 };
  let looks = 0;
  const comes = fakeActivities({
    findMissingData: async ({ datasets }) => ({ datasets: (looks += 1) < 4 ? datasets : [] }),
  });
  const never = fakeActivities({ findMissingData: async () => ({ datasets: ['agents'] }) });

  expect(await run(comes, { waitFor })).toMatchObject({ status: 'succeeded', listed: 3 });
  expect(comes.calls.slice(0, 5)).toEqual([...Array<string>(4).fill('findMissingData'), 'listFiles']);

  await withWorker(environment, never, async (taskQueue) => {
    const handle = await start(taskQueue, { waitFor });
    const result = await handle.result();
    const { startTime, closeTime, typedSearchAttributes, historyLength } = await handle.describe();
    expect(result).toMatchObject({ status: 'skipped_no_data', listed: 0 });
    expect(typedSearchAttributes.get(outcomeKey)).toBe('skipped_no_data');
    expect((closeTime!.getTime() - startTime.getTime()) / 60_000).toBeCloseTo(30, 0);
    expect(historyLength).toBeLessThan(700);
  });
  expect(new Set(never.calls)).toEqual(new Set(['findMissingData']));
});

test.each([
  ['skipped_dst_fold', { checkTick: async () => ({ repeated: true }) }],
  ['skipped_no_data', { findMissingData: async () => ({ datasets: ['agents'] }) }],
] as const)('runs of the other jobs that end as %s say so, and do nothing', async (skipped, found) => {
  const activities = fakeActivities(found);
  const job = {
    job: 'other',
    cadences: [{ kind: 'daily', times: ['02:30'], timezone: 'Europe/Berlin' }],
    waitFor: { datasets: ['agents'], minutes: 30 },
  } as const;
  const generating = { endpoints: ['https://localhost'], files: null, rows: null, timeoutSeconds: 1 };
  const inputs = [
    ['BuildReportWorkflow', job],
    ['GenerateAndSyncWorkflow', { ...job, ...generating, retries, then: { kind: 'none' } }],
  ] as const;

  await withWorker(environment, activities, async (taskQueue) => {
    for (const [workflow, input] of inputs) {
      const handle = await environment.client.workflow.start(workflow, {
        workflowId: `test-${randomUUID()}`,
        taskQueue,
        args: [input],
      });
      expect(await handle.result()).toMatchObject({ skipped });
      expect((await handle.describe()).typedSearchAttributes.get(outcomeKey)).toBe(skipped);
    }
  });
  for (const done of ['aggregate', 'generateFiles']) expect(activities.calls).not.toContain(done);
});
