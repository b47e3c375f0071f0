import type { JobConfig } from '../../domain/job.ts';
import type { Sql } from '../connection.ts';

/**
 * What the run of this id is to do differently than its job says, once it begins. False: somebody has asked for something else of it. What
 * no run has come for in a week is forgotten.
 */
export async function requestConfig(
  sql: Sql,
  workflowId: string,
  config: Partial<JobConfig>,
): Promise<boolean> {
  await sql`delete from run_requests where asked_at < now() - interval '7 days'`;
  const asked = await sql`
    insert into run_requests as known (workflow_id, config) values (${workflowId}, ${sql.json(config)})
    on conflict (workflow_id) do update set asked_at = now() where known.config = excluded.config
    returning workflow_id`;
  return asked.count > 0;
}

/** Asks of one run what was asked of another, which has not come for it. */
export async function repeatRequest(
  sql: Sql,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<void> {
  await sql`
    insert into run_requests (workflow_id, config) select ${to}, config from run_requests where workflow_id = ${from}
    on conflict do nothing`;
}
