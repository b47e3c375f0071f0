import { ApplicationFailure } from '@temporalio/common';

import type { Activities, DownloadOutcome, IngestOutcome } from '../../activities/contract.ts';

/** Activities of a world in which all goes well and nothing is new; a test replaces what it is about. */
export function fakeActivities(
  overrides: Partial<Activities> = {},
): Activities & { readonly calls: string[] } {
  const calls: string[] = [];
  const quiet: Activities = {
    listFiles: async () => ({ sourceId: '1', listed: 3, pages: 1, deleted: 0 }),
    checkTick: async () => ({ repeated: false }),
    findMissingData: async () => ({ datasets: [] }),
    checkIngested: async () => manifest([]),
    downloadFiles: async () => downloaded(1),
    ingestFiles: async () => ingested(1),
    planRetries: async () => ({ firstChunk: 0, labels: [] }),
    aggregate: async () => ({ hours: 1, rows: 1 }),
    moveIngested: async () => ({ moved: 0, failed: 0, left: 0 }),
    recordRun: async ({ run, status }) => ({
      runId: run.runId,
      status,
      listed: 3,
      skipped: 3,
      downloaded: 0,
      ingested: 0,
      quarantined: 0,
      failed: 0,
      rowsLoaded: 0,
      rowsRejected: 0,
      rowsAggregated: 0,
      downloadedNames: [],
      problems: [],
    }),
    startFollowers: async () => ({ followers: [] }),
    findDueReports: async () => [],
    buildReport: async () => ({ path: '/reports/a.xlsx', sha256: '', bytes: 1, rows: 1 }),
    uploadReport: async () => ({ webUrl: null }),
    generateFiles: async () => ({ files: 1, rows: 10 }),
    callWebhook: async () => undefined,
  };
  const activities = { ...quiet, ...overrides };
  const recorded = Object.fromEntries(
    Object.entries(activities).map(([name, activity]) => [
      name,
      (input: never) => {
        calls.push(name);
        return (activity as (input: never) => unknown)(input);
      },
    ]),
  ) as unknown as Activities;
  return { ...recorded, calls };
}

export function manifest(labels: readonly string[]): Awaited<ReturnType<Activities['checkIngested']>> {
  return {
    window: { from: null, to: '2026-11-22T12:00:01.000Z', backfill: false },
    total: labels.length,
    skipped: 3 - labels.length,
    datasets: labels.length > 0 ? ['calls'] : [],
    staleHours: 0,
    firstChunk: 0,
    labels,
  };
}

export function downloaded(count: number, failed = 0, pauseSeconds = 0): DownloadOutcome {
  return { downloaded: count, bytes: count * 100, failed, pauseSeconds };
}

export function ingested(count: number, others: Partial<IngestOutcome> = {}): IngestOutcome {
  return {
    ingested: count,
    quarantined: 0,
    failed: 0,
    alreadyIngested: 0,
    rowsLoaded: 10 * count,
    rowsRejected: 0,
    ...others,
  };
}

/** As the activity of a worker whose gateway was asked to pause. */
export function throttled(retryAfterSeconds: number): ApplicationFailure {
  const details = [{ retryAfterSeconds }];
  return ApplicationFailure.create({ type: 'Throttled', message: 'limited', nonRetryable: true, details });
}

export function failure(type: string, nonRetryable: boolean): ApplicationFailure {
  return ApplicationFailure.create({ type, message: `${type} happened`, nonRetryable });
}
