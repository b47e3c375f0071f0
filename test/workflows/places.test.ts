import { randomUUID } from 'node:crypto';

import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';

import type { Activities } from '../../activities/contract.ts';
import type { SyncInput, SyncResult } from '../../src/domain/sync-run.ts';
import { atPlace } from '../../workflows/at-place.ts';
import { downloaded, failure, fakeActivities, ingested, manifest } from './fake-activities.ts';
import { startTimeSkipping, withWorker } from './time-skipping.ts';

let environment: TestWorkflowEnvironment;

beforeAll(async () => {
  environment = await startTimeSkipping();
});

afterAll(async () => {
  await environment.teardown();
});

const input: SyncInput = {
  job: 'sync',
  source: { kind: 'sharepoint' },
  retries: { maxRetries: 3, retryDelaySeconds: 60, listMaxRetries: 0 },
};

async function run(activities: Activities): Promise<SyncResult> {
  return withWorker(environment, activities, (taskQueue) =>
    environment.client.workflow.execute<(input: SyncInput) => Promise<SyncResult>>('SyncAndIngestWorkflow', {
      workflowId: `test-${randomUUID()}`,
      taskQueue,
      workflowRunTimeout: '1 day',
      args: [input],
    }),
  );
}

/** A host that takes what was downloaded there, until it is stopped. */
async function host(ingestFiles: Activities['ingestFiles']) {
  const place = `place-${randomUUID()}`;
  const worker = await Worker.create({
    connection: environment.nativeConnection,
    namespace: environment.namespace ?? 'default',
    taskQueue: place,
    activities: { ingestFiles },
  });
  const ended = worker.run();
  return {
    place,
    stop: async () => {
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await ended;
    },
  };
}

const neverHere: Activities['ingestFiles'] = async () => {
  throw failure('IngestedOnAnotherHost', true);
};

test('a chunk is ingested where it was downloaded', async () => {
  const taken: number[] = [];
  const there = await host(async ({ chunk }) => {
    taken.push(chunk);
    return ingested(1);
  });
  const activities = fakeActivities({
    checkIngested: async () => manifest(['a.csv', 'b.csv', 'c.csv']),
    downloadFiles: async () => ({ ...downloaded(1), place: there.place }),
    ingestFiles: neverHere,
  });

  const result = await run(activities);

  await there.stop();
  expect(result.status).toBe('succeeded');
  expect(taken.toSorted()).toEqual([0, 1, 2]);
});

test('each round waits twice as long as the one before', () => {
  const waits = [0, 1, 2, 3].map((round) => String(atPlace('there', round).scheduleToStartTimeout));
  expect(waits).toEqual(['30 seconds', '60 seconds', '120 seconds', '240 seconds']);
});

test('an ingest that fails where the files are is tried again there, and nothing is fetched again', async () => {
  let attempts = 0;
  const there = await host(async () => {
    attempts++;
    if (attempts < 8) throw failure('DatabaseUnavailable', false);
    return ingested(1);
  });
  const activities = fakeActivities({
    checkIngested: async () => manifest(['a.csv']),
    downloadFiles: async () => ({ ...downloaded(1), place: there.place }),
    ingestFiles: neverHere,
  });

  await run(activities);

  await there.stop();
  expect(attempts).toBe(8);
  expect(activities.calls.filter((name) => name === 'downloadFiles')).toHaveLength(1);
});
