import { defineSearchAttributeKey } from '@temporalio/common';
import { workflowInfo } from '@temporalio/workflow';

import type { RunIdentity } from '../activities/contract.ts';

const scheduledStartTime = defineSearchAttributeKey('TemporalScheduledStartTime', 'DATETIME');

/**
 * Who this run is. Its nominal time is the tick that the schedule started it for, which for a late or backfilled run
 * is long before it starts; a run that no schedule started stands for the moment of its start.
 */
export function runIdentity(job: string): RunIdentity {
  const info = workflowInfo();
  const nominal = info.typedSearchAttributes.get(scheduledStartTime) ?? info.startTime;
  return {
    // A run that somebody resets goes on with the record and the manifest of the first.
    runId: info.firstExecutionRunId,
    workflowId: info.workflowId,
    job,
    nominalTime: nominal.toISOString(),
    startedAt: info.startTime.toISOString(),
  };
}
