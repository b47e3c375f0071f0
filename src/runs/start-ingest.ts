import type { Client } from '@temporalio/client';

import { isPlain, type JobConfig } from '../domain/job.ts';
import type { SyncInput } from '../domain/sync-run.ts';
import { retryRules, workflowTaskTimeout } from '../schedules/job-schedule.ts';
import type { Settings } from '../settings/settings.ts';
import { startRun } from './start-run.ts';

export const ingestJobId = 'ingest';

export interface IngestRequest {
  readonly paths: readonly string[];
  readonly workflowId: string;
  readonly config: JobConfig;
}

/** Loads local files by the workers of the common queue, who must see them. */
export async function startIngest(
  client: Client,
  settings: Settings,
  { paths, workflowId, config }: IngestRequest,
): Promise<{ readonly workflowId: string; readonly runId: string }> {
  const input: SyncInput = {
    job: ingestJobId,
    source: { kind: 'directory', paths },
    retries: retryRules(settings),
    ...(!isPlain(config) && { config }),
  };
  return startRun(client, 'SyncAndIngestWorkflow', {
    workflowId,
    taskQueue: settings.temporal.taskQueue,
    args: [input],
    staticSummary: 'Local files into Postgres',
    workflowRunTimeout: `${settings.sync.runTimeoutMinutes} minutes`,
    workflowTaskTimeout,
  });
}
