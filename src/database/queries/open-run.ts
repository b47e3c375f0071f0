import type { Sql } from '../connection.ts';

export interface NewRun {
  readonly runId: string;
  readonly workflowId: string;
  readonly job: string;
  readonly nominalTime: string;
  readonly startedAt: string;
  readonly timeoutSeconds: number;
}

/**
 * Writes the run's record; a repeated call changes nothing. Records whose run Temporal has ended by its time limit, or
 * somebody by `terminate`, could not be closed by the run itself: those past their deadline are closed here.
 */
export async function openRun(sql: Sql, run: NewRun): Promise<void> {
  await sql`
    insert into run_history (run_id, workflow_id, job, nominal_time, start_ts, deadline)
    values (${run.runId}, ${run.workflowId}, ${run.job}, ${run.nominalTime}, ${run.startedAt},
            ${run.startedAt}::timestamptz + make_interval(secs => ${run.timeoutSeconds}))
    on conflict (run_id) do nothing`;
  await sql`
    update run_history set status = 'timed_out', end_ts = deadline, error = 'The run was cut off: its time limit passed, or it was terminated.'
    where status = 'running' and deadline < now()`;
}
