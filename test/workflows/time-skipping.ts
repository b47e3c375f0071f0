import { randomUUID } from 'node:crypto';

import { defineSearchAttributeKey } from '@temporalio/common';
import proto from '@temporalio/proto';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { inject } from 'vitest';

import type { Activities } from '../../activities/contract.ts';
import { graphQueue } from '../../src/domain/graph-queue.ts';
import { workflowBundle } from '../../src/workflow-bundle.ts';
import { quietLogger, quietRuntime } from '../support/quiet-logger.ts';

const { INDEXED_VALUE_TYPE_KEYWORD: keyword, INDEXED_VALUE_TYPE_KEYWORD_LIST: keywordList } =
  proto.temporal.api.enums.v1.IndexedValueType;

/** Temporal's test server: timers pass at once, so that a test of an hour's pause takes no hour. */
export async function startTimeSkipping(): Promise<TestWorkflowEnvironment> {
  quietRuntime();
  const environment = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path: inject('testServerBinary') } },
  });
  await environment.connection.operatorService.addSearchAttributes({
    namespace: environment.namespace ?? 'default',
    searchAttributes: {
      CharlieJob: keyword,
      CharlieTeam: keyword,
      CharlieOutcome: keyword,
      CharlieDataset: keywordList,
    },
  });
  return environment;
}

export const jobKey = defineSearchAttributeKey('CharlieJob', 'KEYWORD');
export const outcomeKey = defineSearchAttributeKey('CharlieOutcome', 'KEYWORD');
export const datasetKey = defineSearchAttributeKey('CharlieDataset', 'KEYWORD_LIST');

/** Runs `test` beside a worker that has these activities, on a queue of its own. */
export async function withWorker<T>(
  environment: TestWorkflowEnvironment,
  activities: Activities,
  test: (taskQueue: string) => Promise<T>,
): Promise<T> {
  const taskQueue = `test-${randomUUID()}`;
  const shared = {
    connection: environment.nativeConnection,
    namespace: environment.namespace ?? 'default',
    maxHeartbeatThrottleInterval: '100ms',
    activities,
  } as const;
  const worker = await Worker.create({
    ...shared,
    taskQueue,
    workflowBundle: await workflowBundle(quietLogger),
  });
  const asking = await Worker.create({ ...shared, taskQueue: graphQueue(taskQueue) });
  return asking.runUntil(() => worker.runUntil(() => test(taskQueue)));
}
