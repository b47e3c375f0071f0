import type { Sql, Transaction } from '../connection.ts';

export interface NewRun {
  readonly runId: string;
  readonly workflowId: string;
  readonly job: string;
  readonly nominalTime: string;
  readonly startedAt: string;
  readonly timeoutSeconds: number;
}

/** Writes the run's record; a repeated call changes nothing. */
export async function openRun(sql: Sql | Transaction, run: NewRun): Promise<void> {
  await sql`
    insert into run_history (run_id, workflow_id, job, nominal_time, start_ts, deadline)
    values (${run.runId}, ${run.workflowId}, ${run.job}, ${run.nominalTime}, ${run.startedAt},
            ${run.startedAt}::timestamptz + make_interval(secs => ${run.timeoutSeconds}))
    on conflict (run_id) do nothing`;
}
