import type { Client, WorkflowExecutionInfo } from '@temporalio/client';

import { defineSearchAttributeKey } from '@temporalio/common';

import { searchAttributes } from '../domain/search-attributes.ts';
import { type RunStatus, skippedStatuses } from '../domain/sync-run.ts';
import { jobWorkflows } from '../schedules/job-schedule.ts';
import { describeLatest, describeRun } from '../temporal/describe-run.ts';

/** A run as Temporal knows it, of any job. */
export interface TemporalRun {
  readonly workflowId: string;
  readonly runId: string;
  readonly job: string | null;
  readonly status: RunStatus;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
}

/** How a run stands that began under this run id. Null as below. */
export async function followTemporalRun(
  client: Client,
  run: { readonly workflowId: string; readonly runId: string },
): Promise<TemporalRun | null> {
  const latest = await describeLatest(client.workflow, run);
  return latest === null ? null : ours(latest);
}

/**
 * Given a workflow id, or a run id; of several runs of one workflow the last one. Null: Temporal knows none, or no longer, or it is none of ours:
 * others may work in the same namespace.
 */
export async function findTemporalRun(
  client: Client,
  { workflowId, runId }: { readonly workflowId: string; readonly runId?: string },
): Promise<TemporalRun | null> {
  const found = await describeRun(client.workflow, workflowId, runId);
  if (found !== null) return ours(found);
  return isRunId(workflowId) ? findByRunId(client, workflowId) : null;
}

/** Runs of a job that Temporal still knows, newest first. A run that has just begun may not be among them for a moment. */
export function listTemporalRuns(client: Client, job: string, limit: number): Promise<TemporalRun[]> {
  return listRuns(client, `CharlieJob = "${job}"`, limit);
}

/** Runs of all jobs that are under way, newest first; some tenths of a second behind. */
export function listRunsUnderWay(client: Client, limit: number): Promise<TemporalRun[]> {
  return listRuns(client, 'ExecutionStatus = "Running" and CharlieJob is not null', limit);
}

async function listRuns(client: Client, query: string, limit: number): Promise<TemporalRun[]> {
  const runs: TemporalRun[] = [];
  for await (const found of client.workflow.list({ query, pageSize: Math.min(limit, 1000) })) {
    runs.push(runOf(found));
    if (runs.length === limit) break;
  }
  return runs;
}

async function findByRunId(client: Client, runId: string): Promise<TemporalRun | null> {
  for await (const found of client.workflow.list({ query: `RunId = "${runId}"`, pageSize: 1 }))
    return ours(found);
  return null;
}

function ours(info: Described & Pick<WorkflowExecutionInfo, 'type'>): TemporalRun | null {
  return jobWorkflows.includes(info.type) ? runOf(info) : null;
}

function isRunId(text: string): boolean {
  return /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/.test(text);
}

const outcomeAttribute = defineSearchAttributeKey('CharlieOutcome', searchAttributes.CharlieOutcome);
const jobAttribute = defineSearchAttributeKey('CharlieJob', searchAttributes.CharlieJob);

const statuses: Readonly<Partial<Record<string, RunStatus>>> = {
  RUNNING: 'running',
  PAUSED: 'running',
  COMPLETED: 'succeeded',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
  TERMINATED: 'terminated',
  TIMED_OUT: 'timed_out',
};

/** What the run itself says that it came to, where Temporal's status tells less. Null: nothing of the kind. */
function outcomeOf({
  status,
  typedSearchAttributes,
}: Pick<WorkflowExecutionInfo, 'status' | 'typedSearchAttributes'>): RunStatus | null {
  const outcome = typedSearchAttributes.get(outcomeAttribute);
  if (status.name === 'COMPLETED' && outcome === 'partial') return 'partial';
  if (status.name === 'FAILED' && outcome === 'timed_out') return 'timed_out';
  return ([...skippedStatuses, 'dry_run'] as const).find((each) => each === outcome) ?? null;
}

type Described = Pick<
  WorkflowExecutionInfo,
  'workflowId' | 'runId' | 'status' | 'startTime' | 'closeTime' | 'typedSearchAttributes'
>;

function runOf(info: Described): TemporalRun {
  const job = info.typedSearchAttributes.get(jobAttribute);
  return {
    workflowId: info.workflowId,
    runId: info.runId,
    job: job ?? null,
    status: outcomeOf(info) ?? statuses[info.status.name] ?? 'failed',
    startedAt: info.startTime,
    endedAt: info.closeTime ?? null,
  };
}
