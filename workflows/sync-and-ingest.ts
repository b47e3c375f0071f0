import {
  isCancellation,
  log,
  proxyActivities,
  setHandler,
  sleep,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';

import type { Activities, Listing, Manifest, RecordedRun, RunIdentity } from '../activities/contract.ts';
import { passingFailures } from '../src/domain/failure-types.ts';
import type { SyncInput, SyncResult } from '../src/domain/sync-run.ts';
import { bookkeeping, computing, listing as listingOptions, transfer } from './activity-options.ts';
import { whereSeen } from './at-place.ts';
import { failureMessage, failureType } from './failure-cause.ts';
import { followUp } from './follow-up.ts';
import { loadChunks } from './load-chunks.ts';
import { datasetAttribute, jobAttribute, progressQuery, teamAttribute } from './messages.ts';
import { followsClocks, isRepeatedTick, skippedFold } from './repeated-tick.ts';
import { runIdentity } from './run-identity.ts';
import { RunProgress } from './run-progress.ts';
import { respectingPauses, throttled } from './source-pauses.ts';
import { end, endDry, endingOrderly, filesNotLoaded, skipped } from './sync-ending.ts';
import { withinTimeLimit } from './time-limit.ts';
import { hasData, skippedNoData } from './wait-for-data.ts';

const { listFiles } = proxyActivities<Activities>(listingOptions);
const { checkIngested } = proxyActivities<Activities>(bookkeeping);
const { aggregate } = proxyActivities<Activities>(computing);
const { moveIngested } = proxyActivities<Activities>(transfer);

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

  const { followed, ...result } = await endingOrderly(run, input, () =>
    withinTimeLimit(
      () => sync(run, input, progress),
      () => progress.position(),
    ),
  );
  if (result.status === 'failed') throw filesNotLoaded(result);
  if (followed !== true) return result;
  return { ...result, ...(await followUp({ run, rowsLoaded: result.rowsLoaded })) };
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
  if (manifest.planned !== undefined) return endDry(run, manifest, progress);
  progress.found(listing.listed, manifest.total);

  if (manifest.total > 0) await load(run, input, manifest, progress);
  const rebuilds = manifest.window.backfill || listing.config?.forceRecreate === true;
  if (manifest.total > 0 || manifest.staleHours > 0 || rebuilds) {
    progress.enter('aggregating');
    await aggregate({ rebuild: rebuilds ? manifest.window : null, runId: run.runId });
  }
  if (manifest.moves === true) await move(input, listing, progress);
  return end(run, { manifest, strict: listing.config?.ciMode === true }, progress);
}

function list(run: RunIdentity, input: SyncInput): Promise<Listing> {
  const timeoutSeconds = (workflowInfo().runTimeoutMs ?? defaultTimeoutMs) / 1000;
  const { source, config } = input;
  const asked = { run, source, timeoutSeconds, ...(config !== undefined && { config }) };
  return listFiles.executeWithOptions(whereSeen(source), [asked]);
}

function check(run: RunIdentity, input: SyncInput, { sourceId, config }: Listing): Promise<Manifest> {
  const paths = input.source.kind === 'directory' ? input.source.paths : null;
  const { cadences, catchupMinutes } = input;
  return checkIngested({
    ...{ run, sourceId, paths },
    ...(cadences !== undefined && { cadences }),
    ...(catchupMinutes !== undefined && { catchupMinutes }),
    ...(config !== undefined && { config }),
  });
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
