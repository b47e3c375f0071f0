import {
  CancellationScope,
  isCancellation,
  log,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  sleep,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';

import type { Activities, Listing, Manifest, RecordedRun, RunIdentity } from '../activities/contract.ts';
import { passingFailures } from '../src/domain/failure-types.ts';
import type { SyncInput, SyncResult } from '../src/domain/sync-run.ts';
import { bookkeeping, computing, farewell, listing as listingOptions, transfer } from './activity-options.ts';
import { whereSeen } from './at-place.ts';
import { failureMessage, failureType } from './failure-cause.ts';
import { followUp } from './follow-up.ts';
import { loadChunks } from './load-chunks.ts';
import {
  datasetAttribute,
  jobAttribute,
  outcomeAttribute,
  progressQuery,
  teamAttribute,
} from './messages.ts';
import { followsClocks, isRepeatedTick, skippedFold } from './repeated-tick.ts';
import { runIdentity } from './run-identity.ts';
import { RunProgress } from './run-progress.ts';
import { respectingPauses, throttled } from './source-pauses.ts';
import { recordingMs, runTimedOut, withinTimeLimit } from './time-limit.ts';
import { hasData, skippedNoData } from './wait-for-data.ts';

const { listFiles } = proxyActivities<Activities>(listingOptions);
const { checkIngested, recordRun } = proxyActivities<Activities>(bookkeeping);
const { aggregate } = proxyActivities<Activities>(computing);
const { moveIngested } = proxyActivities<Activities>(transfer);
const { recordRun: recordUnfinished } = proxyActivities<Activities>(farewell);

/** Two hours: a run that is started without a limit of its own. */
const defaultTimeoutMs = 2 * 60 * 60 * 1000;

/** One run of a sync job: what is new in the source becomes rows in Postgres and figures for the reports. */
export async function SyncAndIngestWorkflow(input: SyncInput): Promise<SyncResult> {
  const run = runIdentity(input.job);
  const progress = new RunProgress();
  setHandler(progressQuery, () => progress.answer());
  upsertSearchAttributes([
    { key: jobAttribute, value: input.job },
    { key: teamAttribute, value: 'general' },
  ]);

  const { followed, ...result } = await syncOrRecordWhy(run, input, progress);
  return followed === true
    ? { ...result, ...(await followUp({ run, rowsLoaded: result.rowsLoaded })) }
    : result;
}

async function syncOrRecordWhy(
  run: RunIdentity,
  input: SyncInput,
  progress: RunProgress,
): Promise<RecordedRun> {
  try {
    return await withinTimeLimit(
      () => sync(run, input, progress),
      () => progress.position(),
    );
  } catch (error) {
    await endUnfinished(run, error);
    throw error;
  }
}

async function sync(run: RunIdentity, input: SyncInput, progress: RunProgress): Promise<RecordedRun> {
  const { cadences, waitFor } = input;
  if (followsClocks(cadences) && (await isRepeatedTick(run, cadences))) return skipped(run, skippedFold);
  if (waitFor !== undefined && !(await hasData(run, { ...input, waitFor }, progress)))
    return skipped(run, skippedNoData);
  progress.enter('listing');
  const listing = await withRetries(input, 'listing', () =>
    respectingPauses(progress, () => list(run, input)),
  );
  progress.enter('checking');
  const manifest = await withRetries(input, 'checking', () => check(run, input, listing));
  progress.found(listing.listed, manifest.total);

  if (manifest.total > 0) await load(run, input, manifest, progress);
  if (manifest.total > 0 || manifest.staleHours > 0 || manifest.window.backfill) {
    progress.enter('aggregating');
    await aggregate({ rebuild: manifest.window.backfill ? manifest.window : null, runId: run.runId });
  }
  if (manifest.moves === true) await move(input, listing, progress);
  return end(run, progress);
}

function list(run: RunIdentity, input: SyncInput): Promise<Listing> {
  const timeoutSeconds = (workflowInfo().runTimeoutMs ?? defaultTimeoutMs) / 1000;
  const { source } = input;
  return listFiles.executeWithOptions(whereSeen(source), [{ run, source, timeoutSeconds }]);
}

function check(run: RunIdentity, input: SyncInput, { sourceId }: Listing): Promise<Manifest> {
  const paths = input.source.kind === 'directory' ? input.source.paths : null;
  const { cadences } = input;
  return checkIngested({ run, sourceId, paths, ...(cadences !== undefined && { cadences }) });
}

/** Once, and again after a durable pause as often as the settings allow; a cause that cannot pass is not waited for. */
async function withRetries<T>({ retries }: SyncInput, what: string, work: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const passing = (passingFailures as readonly string[]).includes(failureType(error));
      if (isCancellation(error) || !passing || attempt >= retries.listMaxRetries) throw error;
      const pause = retries.retryDelaySeconds * 2 ** attempt;
      await sleep(pause * 1000, { summary: `${what} failed (${failureType(error)}), again in ${pause} s` });
    }
  }
}

async function load(
  run: RunIdentity,
  input: SyncInput,
  manifest: Manifest,
  progress: RunProgress,
): Promise<void> {
  upsertSearchAttributes([{ key: datasetAttribute, value: searchable(manifest.datasets) }]);
  await loadChunks(run, input, manifest, progress);
}

/** The server takes 2 KB for one attribute; the first datasets must do when there are very many. */
function searchable(datasets: readonly string[]): string[] {
  return datasets.slice(0, 30);
}

/** What SharePoint does not let us move now, the next run moves: a run is there for the rows. */
async function move({ source }: SyncInput, { sourceId }: Listing, progress: RunProgress): Promise<void> {
  try {
    await respectingPauses(progress, () => {
      const moving = moveIngested.executeWithOptions(whereSeen(source), [{ sourceId }]);
      return progress.during('moving files to the processed folder', moving);
    });
  } catch (error) {
    if (failureType(error) !== throttled) throw error;
    log.warn('Files were not moved to the processed folder: the pause that SharePoint asks for is too long', {
      cause: failureMessage(error),
    });
  }
}

/** Nothing is recorded: no run of the pipeline has begun. */
function skipped({ runId }: RunIdentity, status: SyncResult['status']): SyncResult {
  return {
    runId,
    status,
    listed: 0,
    skipped: 0,
    downloaded: 0,
    ingested: 0,
    quarantined: 0,
    failed: 0,
    rowsLoaded: 0,
    rowsRejected: 0,
    rowsAggregated: 0,
    downloadedNames: [],
    problems: [],
  };
}

async function end(run: RunIdentity, progress: RunProgress): Promise<RecordedRun> {
  const recording = recordRun({ run, status: 'succeeded', error: null });
  const result = await progress.during('recording the run', recording);
  progress.enter('done');
  upsertSearchAttributes([{ key: outcomeAttribute, value: result.status }]);
  setCurrentDetails(progress.summary());
  const { pausedSeconds } = progress;
  return pausedSeconds === 0 ? result : { ...result, pausedSeconds };
}

/** The record must say how the run ended, also when it was cancelled; when that fails too, the failure that came first is the run's. */
async function endUnfinished(run: RunIdentity, error: unknown): Promise<void> {
  const timedOut = failureType(error) === runTimedOut;
  const status = timedOut ? 'timed_out' : isCancellation(error) ? 'cancelled' : 'failed';
  const limits = timedOut ? { scheduleToCloseTimeout: recordingMs() } : {};
  upsertSearchAttributes([{ key: outcomeAttribute, value: status }]);
  await CancellationScope.nonCancellable(async () => {
    try {
      await recordUnfinished.executeWithOptions(limits, [{ run, status, error: failureMessage(error) }]);
    } catch (recordError) {
      log.warn('The run could not be recorded', { cause: failureMessage(recordError) });
    }
  });
}
