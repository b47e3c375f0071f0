import { proxyActivities, upsertSearchAttributes } from '@temporalio/workflow';

import type { Activities, PublishedReport, RunIdentity } from '../activities/contract.ts';
import { bookkeeping, computing, loading, transfer } from './activity-options.ts';
import { durationText } from './duration-text.ts';
import { failureType } from './failure-cause.ts';
import { jobAttribute, outcomeAttribute, teamAttribute } from './messages.ts';
import { runIdentity } from './run-identity.ts';
import { runTimedOut, withinTimeLimit } from './time-limit.ts';

const { aggregate } = proxyActivities<Activities>(computing);
const { findDueReports } = proxyActivities<Activities>(bookkeeping);
const { buildReport } = proxyActivities<Activities>(loading);
const { uploadReport } = proxyActivities<Activities>(transfer);

export interface ReportInput {
  readonly job: string;
}

export interface ReportResult {
  readonly published: number;
  /** The newest ones, at most ten. */
  readonly latest: readonly PublishedReport[];
}

/**
 * One run of the report job: every hour that is over and has no up-to-date workbook gets one. Only then are they uploaded, where
 * that is wanted: what SharePoint refuses fails the run, and keeps no workbook from being built. The next run uploads it.
 */
export async function BuildReportWorkflow(input: ReportInput): Promise<ReportResult> {
  const run = runIdentity(input.job);
  upsertSearchAttributes([
    { key: jobAttribute, value: input.job },
    { key: teamAttribute, value: 'general' },
  ]);

  const progress: ReportProgress = { doing: 'aggregating', since: Date.now(), due: 0, published: [] };
  try {
    await withinTimeLimit(
      () => buildReports(run, progress),
      () => position(progress),
    );
  } catch (error) {
    if (failureType(error) === runTimedOut)
      upsertSearchAttributes([{ key: outcomeAttribute, value: 'timed_out' }]);
    throw error;
  }
  const { published } = progress;
  upsertSearchAttributes([
    { key: outcomeAttribute, value: published.length > 0 ? 'published' : 'nothing_due' },
  ]);
  return { published: published.length, latest: published.slice(0, 10) };
}

interface ReportProgress {
  doing: string;
  since: number;
  due: number;
  readonly published: PublishedReport[];
}

async function buildReports(run: RunIdentity, progress: ReportProgress): Promise<void> {
  await aggregate({ rebuild: null, runId: null });
  const due = await findDueReports({ nominalTime: run.nominalTime });
  const toBuild = due.filter(({ upload }) => upload !== 'only');
  progress.due = toBuild.length;
  for (const report of toBuild) {
    progress.doing = `building ${report.name}`;
    progress.since = Date.now();
    progress.published.push(await buildReport.executeWithOptions({ summary: report.name }, [report]));
  }
  for (const report of due.filter(({ upload }) => upload !== undefined)) {
    progress.doing = `uploading ${report.name}`;
    progress.since = Date.now();
    await uploadReport.executeWithOptions({ summary: report.name }, [report]);
  }
}

function position({ doing, since, due, published }: ReportProgress): string {
  const open = due === 0 ? '' : `: ${due - published.length} of ${due} workbooks were not finished`;
  return `${doing}, for ${durationText(Date.now() - since)}${open}.`;
}
