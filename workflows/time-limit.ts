import { ApplicationFailure } from '@temporalio/common';
import { CancellationScope, patched, sleep, workflowInfo } from '@temporalio/workflow';

import { durationText } from './duration-text.ts';

/** Type of the failure of a run that ended itself because its time limit was near. */
export const runTimedOut = 'RunTimedOut';

/**
 * Does the run's work, and ends it a little before Temporal would: a run that is cut off can neither stop what it began
 * nor say what it hung at. `position` says where the work is. Work that does not stop when it is cancelled is left alone;
 * its activities learn with their next heartbeat that the run is over.
 */
export async function withinTimeLimit<T>(work: () => Promise<T>, position: () => string): Promise<T> {
  const { runTimeoutMs: limitMs } = workflowInfo();
  if (limitMs === undefined || !patched('own-time-limit')) return work();

  const scope = new CancellationScope();
  const working = scope.run(work);
  // A run that is cancelled from outside may hang, too.
  const watch = new CancellationScope({
    cancellable: true,
    parent: new CancellationScope({ cancellable: false }),
  });
  const watching = watch.run(() => untilLimitIsNear(limitMs));
  const isNear = await Promise.race([working.then(no, no), watching.then(yes, no)]);
  if (!isNear) {
    watch.cancel();
    return working;
  }

  const message = `Ran into its time limit of ${durationText(limitMs)} while ${position()}`;
  scope.cancel();
  const patience = CancellationScope.nonCancellable(() => sleep(farewellMs(limitMs) / 2));
  const isDone = await Promise.race([working.then(yes, no), patience.then(no)]);
  if (isDone) return working;
  throw ApplicationFailure.nonRetryable(message, runTimedOut);
}

/** How long a run that timed out may take to write its record: the last quarter of its farewell is for the failure itself. */
export function recordingMs(): number {
  return farewellMs(workflowInfo().runTimeoutMs ?? 0) / 4;
}

/**
 * A run that was reset begins with the timers of the first one, which may be long over; its own limit counts from the
 * reset. It is recognized by being alive although the limit of the first has passed.
 */
async function untilLimitIsNear(limitMs: number): Promise<void> {
  let from = workflowInfo().startTime.getTime();
  for (;;) {
    const near = from + limitMs - farewellMs(limitMs);
    await sleep(near - Date.now(), { summary: 'Time limit of the run' });
    if (Date.now() < from + limitMs) return;
    from = Date.now();
  }
}

/** Five in a hundred, but twenty seconds, or a quarter of a very short limit: activities need seconds to stop, and the record to be written. */
function farewellMs(limitMs: number): number {
  return Math.max(limitMs / 20, Math.min(20_000, limitMs / 4));
}

const yes = (): boolean => true;
const no = (): boolean => false;
