import { ApplicationFailure, CancelledFailure } from '@temporalio/activity';

import { permanentFailures } from '../src/domain/failure-types.ts';
import { Throttled } from '../src/sharepoint/errors.ts';

/** Somebody else holds a lock, as a run that loads a large file may: no reason to fail at once. */
const waitedTooLong = 'DatabaseLocked';

const permanent: ReadonlySet<string> = new Set(permanentFailures);

/**
 * The one place where our errors become Temporal's: the class name is the failure's type, which stands in histories
 * and is what operators search for. Permanent failures are not retried; `once` makes every failure so, for work whose
 * failure ends the run. A lost worker is still made up for: that is a timeout, not a failure.
 */
export function toFailure(error: unknown, retry: 'retry' | 'once'): unknown {
  if (error instanceof ApplicationFailure || error instanceof CancelledFailure) return error;
  if (!(error instanceof Error)) return error;
  return ApplicationFailure.create({
    type: error.name,
    message: error.message,
    nonRetryable:
      permanent.has(error.name) ||
      error instanceof Throttled ||
      (retry === 'once' && error.name !== waitedTooLong),
    // The workflow waits for so long, in a timer.
    ...(error instanceof Throttled && { details: [{ retryAfterSeconds: error.retryAfterSeconds }] }),
    // The cause's message may hold what a service said in full; it stays in the log.
  });
}
