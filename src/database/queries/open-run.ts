import { type JobConfig, plainConfig } from '../../domain/job.ts';
import type { Sql, Transaction } from '../connection.ts';

export interface NewRun {
  readonly runId: string;
  readonly workflowId: string;
  readonly job: string;
  readonly nominalTime: string;
  readonly startedAt: string;
  readonly timeoutSeconds: number;
  /** That of its job; null or absent: it does nothing differently. */
  readonly config?: JobConfig | null;
}

/**
 * Writes the run's record; a repeated call changes nothing. Returns what the run does differently: what whoever asked for it
 * wants, and for the rest what its job has; null: nothing.
 */
export async function openRun(sql: Sql | Transaction, run: NewRun): Promise<JobConfig | null> {
  const json = (config: JobConfig) => sql.json(config as never);
  const [{ config }] = await sql<[{ config: JobConfig | null }]>`
    insert into run_history as known (run_id, workflow_id, job, nominal_time, start_ts, deadline, config)
    values (${run.runId}, ${run.workflowId}, ${run.job}, ${run.nominalTime}, ${run.startedAt},
            ${run.startedAt}::timestamptz + make_interval(secs => ${run.timeoutSeconds}),
            coalesce(
              (select ${json(run.config ?? plainConfig)}::jsonb || config from run_requests where workflow_id = ${run.workflowId}),
              ${run.config == null ? null : json(run.config)}))
    on conflict (run_id) do update set run_id = known.run_id
    returning config`;
  return config;
}
