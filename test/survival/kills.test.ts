import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, expect, test } from 'vitest';

import { archiveFolder } from '../../src/domain/local-path.ts';
import type { Failpoint } from '../../src/failpoints.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { assertIntact } from './assert-intact.ts';
import { assertNothingHalfDone } from './assert-nothing-left.ts';
import { attemptsOf, resultOf, startPipeline, startReports } from './survival-pipeline.ts';
import { fewFiles, truthOf } from './truth.ts';
import { testTimeout } from './waiting.ts';
import { killAllWorkers, WorkerProcess } from './worker-process.ts';

afterAll(killAllWorkers);

/** Those of jobs that follow are passed in test/schedules/chaining.test.ts. */
type FailpointOfFiles = Exclude<Failpoint, `follower-${string}`>;

/** The activity that is under way at each failpoint, and must be tried again. */
const activityAt: Readonly<Record<FailpointOfFiles, string>> = {
  'before-listing': 'listFiles',
  'after-listing': 'listFiles',
  'inventory-saved': 'listFiles',
  'changes-applied': 'listFiles',
  'manifest-written': 'checkIngested',
  'mid-download': 'downloadFiles',
  'before-download-rename': 'downloadFiles',
  'after-download-rename': 'downloadFiles',
  'download-recorded': 'downloadFiles',
  'before-claim': 'ingestFiles',
  'after-claim': 'ingestFiles',
  'mid-copy': 'ingestFiles',
  'before-commit': 'ingestFiles',
  'after-commit': 'ingestFiles',
  'before-local-file-taken': 'ingestFiles',
  'local-file-taken': 'ingestFiles',
  'quarantine-moved': 'ingestFiles',
  aggregated: 'aggregate',
  'file-moved': 'moveIngested',
  'before-workbook-rename': 'buildReport',
  'after-workbook-rename': 'buildReport',
  'report-recorded': 'buildReport',
  'report-uploaded': 'uploadReport',
  'run-recorded': 'recordRun',
};

/** What has to be set for a failpoint to be reached. */
const settingsAt: Readonly<Partial<Record<Failpoint, Record<string, string>>>> = {
  'file-moved': {
    CHARLIE_SYNC__AFTER_INGEST: 'move',
    CHARLIE_SYNC__PROCESSED_FOLDER: '/Shared Documents/Reports/Processed',
  },
  'report-uploaded': { CHARLIE_REPORTS__SHAREPOINT_FOLDER: '/Shared Documents/Workbooks' },
};

test.concurrent.for(Object.keys(activityAt) as FailpointOfFiles[])(
  'a worker that is killed at %s',
  { timeout: testTimeout },
  async (failpoint) => {
    const truth = truthOf(fewFiles());
    const isTidying = failpoint.includes('local-file-taken');
    await using pipeline = await startPipeline(
      truth.files,
      isTidying ? { CHARLIE_SYNC__LOCAL_FILES: 'archive' } : (settingsAt[failpoint] ?? {}),
    );
    await using doomed = await WorkerProcess.start(pipeline, `${failpoint}:kill`);
    const sync = await pipeline.startSync();
    const reports = ['buildReport', 'uploadReport'].includes(activityAt[failpoint]);
    if (reports) await resultOf(sync, doomed);
    const run = reports ? await startReports(pipeline) : sync;

    expect(await doomed.end()).toEqual({ code: null, signal: 'SIGKILL' });
    await assertNothingHalfDone(pipeline, truth);
    await pipeline.startWorker();
    await resultOf(run, doomed);

    expect(Math.max(...(await attemptsOf(run, activityAt[failpoint])))).toBeGreaterThanOrEqual(2);
    await assertIntact(pipeline, truth);
    if (isTidying)
      expect(await filesInArchive(pipeline)).toEqual(['sales 1.csv', 'sales 2.csv', 'sales 3.csv']);
  },
);

/** By the names that they had. */
async function filesInArchive({ settings }: Pipeline): Promise<string[]> {
  const archive = join(settings.scheduler.ingestionDir, archiveFolder);
  const names = (await readdir(archive, { recursive: true, withFileTypes: true })).filter((entry) =>
    entry.isFile(),
  );
  return names.map(({ name }) => name.replace(/^\d+-/, '')).sort();
}
