import { CancellationScope, log, proxyActivities, workflowInfo } from '@temporalio/workflow';

import type { Activities, FollowersInput } from '../activities/contract.ts';
import type { Followed } from '../src/domain/sync-run.ts';
import { bookkeeping } from './activity-options.ts';
import { failureMessage } from './failure-cause.ts';

const { startFollowers } = proxyActivities<Activities>(bookkeeping);

/** For workflows that ask at every end of a run; the sync asks where the record says that there is somebody to start. */
export const followUpPatch = 'starts-followers';

/**
 * Starts the jobs that are chained after the run's, when it has done its work: what the run is to its own job is settled by then, and stays
 * so whatever becomes of them, or when somebody cancels it now. Nothing when there are none.
 */
export async function followUp(input: FollowersInput): Promise<{ readonly followers?: readonly Followed[] }> {
  return CancellationScope.nonCancellable(async () => {
    try {
      const options = { scheduleToCloseTimeout: untilCutOffMs() };
      const { followers } = await startFollowers.executeWithOptions(options, [input]);
      return followers.length === 0 ? {} : { followers };
    } catch (error) {
      log.error('The jobs that follow could not be started', { cause: failureMessage(error) });
      return {};
    }
  });
}

const leastMs = 30_000;

/** A run that was reset has a limit that counts anew, which is not known here. */
function untilCutOffMs(): number {
  const { startTime, runTimeoutMs } = workflowInfo();
  const longest = 24 * 60 * 60 * 1000;
  if (runTimeoutMs === undefined) return longest;
  return Math.max(leastMs, startTime.getTime() + runTimeoutMs - leastMs / 10 - Date.now());
}
