import { proxyActivities, upsertSearchAttributes } from '@temporalio/workflow';

import type { Activities, PublishedReport } from '../activities/contract.ts';
import { bookkeeping, computing, loading } from './activity-options.ts';
import { jobAttribute, outcomeAttribute, teamAttribute } from './messages.ts';
import { runIdentity } from './run-identity.ts';

const { aggregate } = proxyActivities<Activities>(computing);
const { findDueReports } = proxyActivities<Activities>(bookkeeping);
const { buildReport } = proxyActivities<Activities>(loading);

export interface ReportInput {
  readonly job: string;
}

export interface ReportResult {
  readonly published: number;
  /** The newest ones, at most ten. */
  readonly latest: readonly PublishedReport[];
}

/** One run of the report job: every hour that is over and has no up-to-date workbook gets one. */
export async function BuildReportWorkflow(input: ReportInput): Promise<ReportResult> {
  const run = runIdentity(input.job);
  upsertSearchAttributes([
    { key: jobAttribute, value: input.job },
    { key: teamAttribute, value: 'general' },
  ]);

  await aggregate({ rebuild: null, runId: null });
  const due = await findDueReports({ nominalTime: run.nominalTime });
  const published: PublishedReport[] = [];
  for (const report of due) {
    published.push(await buildReport.executeWithOptions({ summary: report.name }, [report]));
  }
  upsertSearchAttributes([
    { key: outcomeAttribute, value: published.length > 0 ? 'published' : 'nothing_due' },
  ]);
  return { published: published.length, latest: published.slice(0, 10) };
}
