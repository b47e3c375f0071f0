import { setTimeout } from 'node:timers/promises';

import { getClient } from '@temporalio/activity';
import proto from '@temporalio/proto';

import type { LostEnding } from '../src/database/queries/lost-runs.ts';
import { describeLatest } from '../src/temporal/describe-run.ts';

const answerWithinMs = 5000;

const closeEventOnly =
  proto.temporal.api.enums.v1.HistoryEventFilterType.HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT;

const statuses = {
  COMPLETED: 'succeeded',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
  TERMINATED: 'terminated',
  TIMED_OUT: 'timed_out',
} as const;

interface Run {
  /** Of the first execution: one that was reset goes on under another id. */
  readonly runId: string;
  readonly workflowId: string;
}

/** How Temporal says that the run ended; 'open': it works; 'unknown': its history is gone. Throws when Temporal does not answer. */
export async function runEnding(run: Run): Promise<LostEnding | 'open' | 'unknown'> {
  // A deadline of the connection would not end its own retries.
  const silence = setTimeout(answerWithinMs, null, { ref: false });
  const ending = await Promise.race([ask(run), silence]);
  if (ending === null) throw new Error(`Temporal did not answer within ${answerWithinMs / 1000} s.`);
  return ending;
}

async function ask(run: Run): Promise<LostEnding | 'open' | 'unknown'> {
  const execution = await describeLatest(getClient().workflow, run);
  if (execution === null) return 'unknown';
  const status = statuses[execution.status.name as keyof typeof statuses] as
    | (typeof statuses)[keyof typeof statuses]
    | undefined;
  if (status === undefined || execution.closeTime === undefined) return 'open';
  const error = status === 'succeeded' ? null : await reason(execution.workflowId, execution.runId);
  return { status, error, endedAt: execution.closeTime };
}

/** What stands in the last event of its history. */
async function reason(workflowId: string, runId: string): Promise<string> {
  const { workflowService, options } = getClient();
  const { history } = await workflowService.getWorkflowExecutionHistory({
    namespace: options.namespace,
    execution: { workflowId, runId },
    historyEventFilterType: closeEventOnly,
  });
  const event = history?.events?.at(-1);
  const terminated = event?.workflowExecutionTerminatedEventAttributes;
  const failure = event?.workflowExecutionFailedEventAttributes?.failure;
  if (terminated) return sentence(`Terminated by ${terminated.identity}: ${terminated.reason}`);
  if (failure) return sentence(root(failure));
  if (event?.workflowExecutionTimedOutEventAttributes) return 'Cut off: its time limit passed.';
  return 'Cancelled.';
}

type Failure = proto.temporal.api.failure.v1.IFailure;

function root(failure: Failure): string {
  if (failure.cause) return root(failure.cause);
  return `${failure.applicationFailureInfo?.type ?? 'Failure'}: ${failure.message ?? ''}`;
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
