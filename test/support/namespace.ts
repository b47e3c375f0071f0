import { randomUUID } from 'node:crypto';

import { Connection } from '@temporalio/client';
import proto from '@temporalio/proto';
import { inject } from 'vitest';

import { clearOfTicks } from './clear-of-ticks.ts';

const { INDEXED_VALUE_TYPE_KEYWORD: keyword, INDEXED_VALUE_TYPE_KEYWORD_LIST: keywordList } =
  proto.temporal.api.enums.v1.IndexedValueType;

export const knownAttributes: Readonly<Record<string, number>> = {
  CharlieJob: keyword,
  CharlieTeam: keyword,
  CharlieOutcome: keyword,
  CharlieAfter: keyword,
  CharlieDataset: keywordList,
};

/** A namespace of the test's own: job ids are the same in every installation, and tests share one server. None of its jobs is due within a minute. */
export async function createNamespace(searchAttributes = knownAttributes): Promise<string> {
  await clearOfTicks();
  const namespace = `test-${randomUUID()}`;
  const connection = await Connection.connect({ address: inject('temporalAddress') });
  try {
    await connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
    });
    await eventually(() =>
      connection.operatorService.addSearchAttributes({
        namespace,
        searchAttributes: { ...searchAttributes, Other: keyword },
      }),
    );
    return namespace;
  } finally {
    await connection.close();
  }
}

/** The server's parts learn of a new namespace one after the other, within seconds. */
async function eventually(attempt: () => Promise<unknown>): Promise<void> {
  for (let left = 100; ; left--) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (left === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
