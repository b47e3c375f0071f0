import type { Sql } from '../database/connection.ts';
import { requestConfig } from '../database/queries/run-requests.ts';
import { followingSyncId } from '../domain/generation.ts';
import { type JobConfig, plainConfig, readsAgain } from '../domain/job.ts';
import type { ChosenRun } from '../schedules/trigger-job.ts';
import { RunAskedOtherwise, RunConfigUnfit } from './errors.ts';

/** What one run is to do differently than its job says; it reads that when it begins. To be asked before it is started. Throws RunConfigUnfit and RunAskedOtherwise. */
export async function requestRunConfig(
  sql: Sql,
  { workflowId, workflowType, job }: ChosenRun,
  config: Partial<JobConfig>,
): Promise<void> {
  if (config.dropGone === true && config.forceRecreate !== true)
    throw new RunConfigUnfit(job, 'drop_gone stands without force_recreate');
  const isSync = workflowType === 'SyncAndIngestWorkflow';
  if (!isSync && (readsAgain({ ...plainConfig, ...config }) || config.dryRun === true))
    throw new RunConfigUnfit(
      job,
      'it is not of the kind sync, and only those know a dry run or read files again',
    );
  // Whoever generates starts a sync.
  const loading = isSync ? workflowId : followingSyncId(workflowId);
  if (!(await requestConfig(sql, loading, config))) throw new RunAskedOtherwise(job);
}
