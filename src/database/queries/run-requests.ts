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
