import { log } from '@temporalio/activity';

import { withDatabase } from '../src/database/connection.ts';
import {
  closeRun,
  readDownloadedNames,
  readDuplicates,
  readProblems,
  readUnready,
} from '../src/database/queries/close-run.ts';
import { failpoint } from '../src/failpoints.ts';
import type { Activities } from './contract.ts';
import { currentOwner } from './current-owner.ts';
import type { Dependencies } from './dependencies.ts';
import { RunNotFound } from './errors.ts';
import { guarded } from './guarded.ts';
import { isFollowed } from './is-followed.ts';

/** Of UTF-8: the workflow's result must stay small however many files there were. */
const maxNameBytes = 16 * 1024;

export function recordRun({ sql }: Dependencies): Activities['recordRun'] {
  return guarded('retry', async ({ run, status, error, strict = false, config = null }) =>
    withDatabase(async () => {
      const ending = { status, error, isStrict: strict };
      const closed = await closeRun(sql, currentOwner(), { ...run, config }, ending);
      if (closed === undefined) throw new RunNotFound(run.runId);
      await failpoint('run-recorded');
      const downloadedNames = await readDownloadedNames(sql, run.runId, maxNameBytes);
      const problems = await readProblems(sql, run.runId);
      const duplicateNames = await readDuplicates(sql, run.runId);
      const unreadyNames = await readUnready(sql, run.runId);
      const level = ['succeeded', 'dry_run'].includes(closed.status)
        ? 'info'
        : closed.status === 'failed'
          ? 'error'
          : 'warn';
      const durationMs = Date.now() - Date.parse(run.startedAt);
      log[level]('Run ended', {
        stage: 'run',
        job: run.job,
        durationMs,
        ...closed,
        ...(error === null ? {} : { error }),
      });
      const isSuccess = closed.status === 'succeeded' || closed.status === 'partial';
      return {
        ...{ runId: run.runId, ...closed, downloadedNames, problems, duplicateNames, unreadyNames },
        ...(isSuccess && (await isFollowed(run.job)) && { followed: true }),
      };
    }),
  );
}
