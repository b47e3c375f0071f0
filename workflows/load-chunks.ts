import { CancellationScope, log, proxyActivities, sleep } from '@temporalio/workflow';

import type { Activities, Chunks, RunIdentity } from '../activities/contract.ts';
import type { SyncInput } from '../src/domain/sync-run.ts';
import { loading, transfer } from './activity-options.ts';
import { atPlace, isUnclaimed, whereSeen } from './at-place.ts';
import type { RunProgress } from './run-progress.ts';
import { endsTooLate, pauseForSource } from './source-pauses.ts';

const { downloadFiles } = proxyActivities<Activities>(transfer);
const { ingestFiles } = proxyActivities<Activities>(loading);
const { planRetries } = proxyActivities<Activities>(loading);

/** Chunks under way at once: while one is ingested, others are downloaded. */
const width = 4;

/** A first pass of about 1,400 history events and nine of up to 280 stay below 4,000; what is left waits for the next tick. */
const maxPasses = 10;

/**
 * Downloads and ingests every chunk, then, after a durable pause, the files that failed, as often as the rules allow, and once
 * those that were too fresh.
 */
export async function loadChunks(
  run: RunIdentity,
  input: SyncInput,
  first: Chunks,
  progress: RunProgress,
): Promise<void> {
  const rules = input.retries;
  let chunks = first;
  let hasWaited = false;
  for (let pass = 0, retries = 0; chunks.labels.length > 0 && pass < maxPasses; pass++) {
    const outcome: PassOutcome = await loadPass(run, input, chunks, progress);
    const readyInSeconds: number = hasWaited ? 0 : outcome.readyInSeconds;
    if (outcome.failed === 0 && outcome.pauseSeconds === 0 && readyInSeconds === 0) return;

    chunks = await planRetries({ run, maxRetries: rules.maxRetries });
    if (chunks.labels.length === 0) return;
    const delay = outcome.failed > 0 ? rules.retryDelaySeconds * 2 ** retries++ : 0;
    const pause = Math.max(delay, outcome.pauseSeconds, readyInSeconds);
    hasWaited ||= readyInSeconds > 0;
    if (endsTooLate(pause)) {
      log.warn('Not tried again within this run: its time limit would pass', { pauseSeconds: pause });
      return;
    }
    if (outcome.pauseSeconds > 0 && outcome.pauseSeconds === pause) {
      await pauseForSource(progress, pause);
    } else {
      progress.enter('waiting');
      await sleep(pause * 1000, { summary: pauseSummary(outcome, pause) });
    }
    progress.retrying();
  }
}

function pauseSummary({ failed }: PassOutcome, pause: number): string {
  return failed === 0
    ? `Files were changed just now, again in ${pause} s`
    : `${failed} files failed, again in ${pause} s`;
}

interface PassOutcome {
  readonly failed: number;
  readonly pauseSeconds: number;
  readonly readyInSeconds: number;
}

async function loadPass(
  run: RunIdentity,
  { source, retries }: SyncInput,
  chunks: Chunks,
  progress: RunProgress,
): Promise<PassOutcome> {
  let next = 0;
  let failed = 0;
  let pauseSeconds = 0;
  let readyInSeconds = 0;

  // In one piece: commands of several lanes would come in another order than in older histories if one of them had to
  // wait for one promise more than another.
  async function lane(): Promise<void> {
    while (next < chunks.labels.length && pauseSeconds === 0) {
      const turn = next++;
      const work = { run, chunk: chunks.firstChunk + turn, maxRetries: retries.maxRetries };
      const summary = chunks.labels[turn] ?? '';
      for (let round = 0; ; round++) {
        const downloading = downloadFiles.executeWithOptions({ summary, ...whereSeen(source) }, [work]);
        const download = await progress.during(`downloading ${summary}`, downloading);
        progress.downloaded(download, round);
        failed += download.failed;
        pauseSeconds = Math.max(pauseSeconds, download.pauseSeconds);
        readyInSeconds = Math.max(readyInSeconds, download.readyInSeconds ?? 0);
        if (download.downloaded === 0) break;

        try {
          const options = { summary, ...atPlace(download.place, round) };
          const ingesting = ingestFiles.executeWithOptions(options, [work]);
          const ingest = await progress.during(`ingesting ${summary}`, ingesting);
          progress.ingested(ingest);
          failed += ingest.failed;
          break;
        } catch (error) {
          if (!isUnclaimed(error)) throw error;
          log.warn('No worker took the files where they are: they are fetched again', {
            chunk: work.chunk,
            place: download.place,
          });
        }
      }
    }
  }

  await together(Array.from({ length: Math.min(width, chunks.labels.length) }, () => lane));
  return { failed, pauseSeconds, readyInSeconds };
}

/** Runs the lanes side by side. When one fails, the others are cancelled and waited for, so that nothing works on after the run has ended. */
async function together(lanes: readonly (() => Promise<void>)[]): Promise<void> {
  await CancellationScope.cancellable(async () => {
    const scope = CancellationScope.current();
    const failures: unknown[] = [];
    await Promise.all(
      lanes.map(async (lane) => {
        try {
          await lane();
        } catch (error) {
          failures.push(error);
          scope.cancel();
        }
      }),
    );
    if (failures.length > 0) throw failures[0];
  });
}
