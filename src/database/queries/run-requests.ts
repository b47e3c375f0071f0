import type { JobConfig } from '../../domain/job.ts';
import type { Sql } from '../connection.ts';

/** What the run of this id is to do differently than its job says, once it begins. What no run has come for in a week is forgotten. */
export async function requestConfig(sql: Sql, workflowId: string, config: Partial<JobConfig>): Promise<void> {
  await sql`delete from run_requests where asked_at < now() - interval '7 days'`;
  await sql`
    insert into run_requests (workflow_id, config) values (${workflowId}, ${sql.json(config)})
    on conflict (workflow_id) do update set config = excluded.config, asked_at = now()`;
}
