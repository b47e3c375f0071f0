import { type Client, isGrpcServiceError, ServiceError } from '@temporalio/client';

import type { Sql } from '../database/connection.ts';
import { RunUnknown } from '../database/ledger-errors.ts';
import { type RunRecord, readRunRecord } from '../database/queries/page-runs.ts';
import { isAskedFor } from '../database/queries/start-requests.ts';
import type { RunStatus } from '../domain/sync-run.ts';
import { findTemporalRun, followTemporalRun } from './temporal-run.ts';

export interface Run {
  readonly workflowId: string;
  /** Null: it has not begun. */
  readonly runId: string | null;
  readonly job: string | null;
  /** `queued`: it was asked for, and waits for its turn. */
  readonly status: RunStatus | 'queued';
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
  /** What Postgres has of it; null: it moves no files, or has not come to them. */
  readonly record: RunRecord | null;
}

interface Places {
  readonly sql: Sql;
  readonly client: Client;
}

/** Given its run id, or its workflow id; of several runs of one workflow the last one. Throws RunUnknown. */
export async function readRun({ sql, client }: Places, run: string): Promise<Run> {
  const record = await readRunRecord(sql, run);
  if (record !== null) return asItGoesOn(client, record);
  const found = await findTemporalRun(client, { workflowId: run });
  if (found !== null) return { ...found, record: null };
  if (!(await isAskedFor(sql, run))) throw new RunUnknown(run);
  return {
    workflowId: run,
    runId: null,
    job: null,
    status: 'queued',
    startedAt: null,
    endedAt: null,
    record: null,
  };
}

/** Also of one that had ended when somebody reset it; its record says enough when Temporal does not answer. */
async function asItGoesOn(client: Client, record: RunRecord): Promise<Run> {
  const run = await asItIs(client, record);
  if (record.status === 'running') return run;
  const latest = await client
    .withDeadline(Date.now() + answerWithinMs, () => followTemporalRun(client, record))
    .catch(unlessAway);
  const isOther = latest !== null && latest.runId !== record.runId;
  return isOther ? { ...run, status: latest.status, endedAt: latest.endedAt } : run;
}

const answerWithinMs = 2500;

function unlessAway(error: unknown): null {
  if (error instanceof ServiceError || isGrpcServiceError(error)) return null;
  throw error;
}

/** A record says that the run is under way until some run has written its end, which Temporal may know already. */
export async function asItIs(client: Client, record: RunRecord): Promise<Run> {
  const { workflowId, runId, job, status, startedAt, endedAt } = record;
  const run = { workflowId, runId, job, status, startedAt, endedAt, record };
  if (status !== 'running') return run;
  const found = await followTemporalRun(client, { workflowId, runId });
  return found === null ? run : { ...run, status: found.status, endedAt: found.endedAt };
}
