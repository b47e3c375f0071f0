import { type Client, isGrpcServiceError } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import type proto from '@temporalio/proto';

import type { Sql } from '../database/connection.ts';
import { repeatRequest } from '../database/queries/run-requests.ts';
import { isCommandQueue } from '../domain/command-queue.ts';
import { followingSyncId } from '../domain/generation.ts';
import type { JobConfig } from '../domain/job.ts';
import type { SyncInput } from '../domain/sync-run.ts';
import { workflowTaskTimeout } from '../schedules/job-schedule.ts';
import { RunForgotten, RunOfCommand, RunUnderWay } from './errors.ts';
import type { Run } from './read-run.ts';
import { startRun } from './start-run.ts';

/**
 * Asks the same once more, as a run of its own: it stands for the moment of its start, and takes the files that the first
 * one left undone, on the queue of the jobs. Throws RunUnderWay, RunOfCommand and RunForgotten.
 */
export async function retryRun(
  { client, sql, taskQueue }: { readonly client: Client; readonly sql: Sql; readonly taskQueue: string },
  run: Run,
  workflowId: string,
): Promise<{ readonly workflowId: string; readonly runId: string }> {
  if (run.status === 'running' || run.status === 'queued') throw new RunUnderWay(run.workflowId);
  const { type, args, runTimeoutSeconds, ...asked } = await whatWasAsked(client, run);
  // The worker of a command has ended with it, and no other is known to see the same files.
  if (isCommandQueue(asked.taskQueue) && namesFiles(args)) throw new RunOfCommand(run.workflowId);
  if (run.record === null) await askAsBefore(sql, run.workflowId, workflowId);
  return startRun(client, type, {
    workflowId,
    taskQueue,
    args: withConfig(args, run.record?.config ?? null),
    workflowTaskTimeout,
    ...(runTimeoutSeconds > 0 && { workflowRunTimeout: `${runTimeoutSeconds} seconds` }),
    staticSummary: `${run.workflowId} once more`,
  });
}

/** Of a run that ended before it had a record: it did not come to what was wanted of it alone, nor of the sync that it would have started. */
async function askAsBefore(sql: Sql, from: string, to: string): Promise<void> {
  await repeatRequest(sql, { from, to });
  await repeatRequest(sql, { from: followingSyncId(from), to: followingSyncId(to) });
}

function namesFiles([input]: readonly unknown[]): boolean {
  return (input as Partial<SyncInput> | undefined)?.source?.kind === 'directory';
}

/** What somebody wanted of that one run is not in what its job asks. */
function withConfig([input, ...others]: readonly unknown[], config: JobConfig | null): unknown[] {
  return config === null ? [input, ...others] : [{ ...(input as SyncInput), config }, ...others];
}

interface Asked {
  readonly type: string;
  readonly args: unknown[];
  readonly taskQueue: string;
  readonly runTimeoutSeconds: number;
}

/** The first event of a history says it; the rest may be long. */
async function whatWasAsked(client: Client, run: Run): Promise<Asked> {
  const asked = await firstEvent(client, run);
  return {
    type: asked.workflowType?.name ?? '',
    taskQueue: asked.taskQueue?.name ?? '',
    args: (asked.input?.payloads ?? []).map((each) => defaultPayloadConverter.fromPayload(each)),
    runTimeoutSeconds: Number(asked.workflowRunTimeout?.seconds ?? 0),
  };
}

type Started = proto.temporal.api.history.v1.IWorkflowExecutionStartedEventAttributes;

async function firstEvent(client: Client, { workflowId, runId }: Run): Promise<Started> {
  try {
    const { history } = await client.workflowService.getWorkflowExecutionHistory({
      namespace: client.options.namespace,
      execution: { workflowId, runId },
      maximumPageSize: 1,
    });
    const started = history?.events?.[0]?.workflowExecutionStartedEventAttributes;
    if (started != null) return started;
  } catch (error) {
    if (!isGrpcServiceError(error) || !forgotten.includes(error.code)) throw error;
  }
  throw new RunForgotten(workflowId);
}

/** Status codes of gRPC. */
const forgotten: readonly number[] = [5 /* NOT_FOUND */];
