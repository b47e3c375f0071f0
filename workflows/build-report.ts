import {
  patched,
  proxyActivities,
  setCurrentDetails,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';

import type { Activities, DueReport, PublishedReport, RunIdentity } from '../activities/contract.ts';
import { graphQueue } from '../src/domain/graph-queue.ts';
import type { Cadence, DataWait } from '../src/domain/job.ts';
import type { Followed, SkippedStatus } from '../src/domain/sync-run.ts';
import { bookkeeping, computing, loading, transfer } from './activity-options.ts';
import { durationText } from './duration-text.ts';
import { failureType } from './failure-cause.ts';
import { followUp, followUpPatch } from './follow-up.ts';
import { jobAttribute, outcomeAttribute, teamAttribute } from './messages.ts';
import { followsClocks, isRepeatedTick, skippedFold } from './repeated-tick.ts';
import { runIdentity } from './run-identity.ts';
import { type PauseDisplay, respectingPauses } from './source-pauses.ts';
import { runTimedOut, withinTimeLimit } from './time-limit.ts';
import { hasData, skippedNoData, type WaitDisplay } from './wait-for-data.ts';

const { aggregate } = proxyActivities<Activities>(computing);
const { findDueReports } = proxyActivities<Activities>(bookkeeping);
const { buildReport } = proxyActivities<Activities>(loading);
const { uploadReport } = proxyActivities<Activities>(transfer);

export interface ReportInput {
  readonly job: string;
  /** When the job is due. Absent: the run was started by an earlier version. */
  readonly cadences?: readonly Cadence[];
  /** Absent: the run begins at once. */
  readonly waitFor?: DataWait;
}

export interface ReportResult {
  /** Why no workbook was looked for; absent: those that were due were built. */
  readonly skipped?: SkippedStatus;
  readonly published: number;
  /** The newest ones, at most ten. */
  readonly latest: readonly PublishedReport[];
  /** Jobs that are chained after the run's, at most twenty; absent: there are none. */
  readonly followers?: readonly Followed[];
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

  const { cadences } = input;
  if (followsClocks(cadences) && (await isRepeatedTick(run, cadences)))
    return { ...nothing, skipped: skippedFold };

  const progress = new ReportProgress();
  try {
    const isBuilt = await withinTimeLimit(
      () => buildReports(run, input, progress),
      () => progress.position(),
    );
    if (!isBuilt) return { ...nothing, skipped: skippedNoData };
  } catch (error) {
    if (failureType(error) === runTimedOut)
      upsertSearchAttributes([{ key: outcomeAttribute, value: 'timed_out' }]);
    throw error;
  }
  const published = progress.published;
  upsertSearchAttributes([
    { key: outcomeAttribute, value: published.length > 0 ? 'published' : 'nothing_due' },
  ]);
  const result = { published: published.length, latest: published.slice(0, 10) };
  return patched(followUpPatch) ? { ...result, ...(await followUp({ run, rowsLoaded: 0 })) } : result;
}

const nothing = { published: 0, latest: [] };

/** False: the data that the run waited for did not arrive. */
async function buildReports(
  run: RunIdentity,
  { cadences = [], waitFor }: ReportInput,
  progress: ReportProgress,
): Promise<boolean> {
  if (waitFor !== undefined && !(await hasData(run, { cadences, waitFor }, progress))) return false;
  progress.begin('aggregating');
  await aggregate({ rebuild: null, runId: null });
  const due = await findDueReports({ nominalTime: run.nominalTime });
  const toBuild = due.filter(({ upload }) => upload !== 'only');
  progress.due = toBuild.length;
  for (const report of toBuild) {
    progress.begin(`building ${report.name}`);
    progress.published.push(await buildReport.executeWithOptions({ summary: report.name }, [report]));
  }
  for (const report of due.filter(({ upload }) => upload !== undefined)) {
    progress.begin(`uploading ${report.name}`);
    await respectingPauses(progress, () => upload(report));
  }
  return true;
}

async function upload(report: DueReport): Promise<void> {
  const taskQueue = graphQueue(workflowInfo().taskQueue);
  await uploadReport.executeWithOptions({ summary: report.name, taskQueue }, [report]);
}

/** Where the run is, for the message of one that runs into its time limit. */
class ReportProgress implements PauseDisplay, WaitDisplay {
  due = 0;
  readonly published: PublishedReport[] = [];
  #doing = 'aggregating';
  #since = Date.now();

  begin(doing: string): void {
    this.#doing = doing;
    this.#since = Date.now();
  }

  waitingFor(datasets: readonly string[], until: string): void {
    const doing = `waiting for data of ${datasets.join(', ')}`;
    setCurrentDetails(`**${doing}**, until ${until}`);
    this.begin(doing);
  }

  paused(seconds: number): void {
    this.begin(`${this.#doing}, in a pause of ${seconds} s that SharePoint asked for`);
  }

  resumed(): void {
    this.begin(this.#doing.replace(/, in a pause .*/, ''));
  }

  position(): string {
    const open =
      this.due === 0
        ? ''
        : `: ${this.due - this.published.length} of ${this.due} workbooks were not finished`;
    return `${this.#doing}, for ${durationText(Date.now() - this.#since)}${open}.`;
  }
}
