import { log } from '@temporalio/activity';

import { type Sql, withDatabase } from '../src/database/connection.ts';
import {
  closeLostRun,
  type LostEnding,
  type OpenRun,
  readOpenRuns,
} from '../src/database/queries/lost-runs.ts';
import { currentOwner } from './current-owner.ts';
import { runEnding } from './run-ending.ts';

/** In one call; the next run goes on. Each costs Temporal a call of some milliseconds. */
const runsAtMost = 100;

/**
 * A run that Temporal cut off, or that somebody terminated, cannot close its own record: the next one asks Temporal what
 * became of it. What Temporal has forgotten is closed when its time limit has passed. Only a lost database is thrown.
 */
export async function closeLostRuns(sql: Sql, ownRunId: string): Promise<void> {
  const owner = currentOwner();
  for (const run of await withDatabase(() => readOpenRuns(sql, ownRunId, runsAtMost))) {
    owner.signal.throwIfAborted();
    let ending: LostEnding | null;
    try {
      ending = await endingOf(run);
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error);
      log.warn('The records of earlier runs stay open: Temporal could not be asked', {
        stage: 'list',
        error: said,
      });
      return;
    }
    if (ending === null) continue;
    const lost = ending;
    if (await withDatabase(() => closeLostRun(sql, owner, run.runId, lost)))
      log.warn('Closed the record of a run that could not do so itself', {
        stage: 'list',
        lostRunId: run.runId,
        ...lost,
      });
  }
}

async function endingOf(run: OpenRun): Promise<LostEnding | null> {
  const ending = await runEnding(run);
  if (ending === 'open') return null;
  if (ending !== 'unknown') return ending;
  if (!run.isOverdue) return null;
  return {
    status: 'timed_out',
    error: 'Cut off: its time limit has passed, and Temporal no longer knows it.',
    endedAt: run.deadline,
  };
}
