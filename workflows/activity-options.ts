import type { ActivityOptions } from '@temporalio/workflow';

/*
 * Timeouts and retries, by kind of work. `startToCloseTimeout` bounds one attempt and is far above what the work takes,
 * since an attempt that is cut off starts again. Thirty attempts wait about 25 minutes for a
 * database that is down; a worker that is shut down or lost costs one, which a rolling restart of many must not use up. Every activity is safe to run twice.
 *
 * `heartbeatTimeout` bounds how long a dead worker goes unnoticed. Activities beat every one and a half seconds, so six allow
 * for four beats that are lost or late: more than a reconnect takes, or than files that are parsed hold up the event loop
 * on an overloaded machine (two seconds). A machine that stands still for longer gets a second attempt beside the first,
 * which costs the work of one chunk and nothing else. With the half second before the first retry, and the second for
 * which a run stays with a dead worker, what that one had in work is done again within ten.
 */

const retry = {
  initialInterval: '500 milliseconds',
  backoffCoefficient: 2,
  maximumInterval: '1 minute',
} as const;
const heartbeatTimeout = '6 seconds';

/** A few statements on a database that answers in milliseconds; most failures end the run at once (`once` in the activity). */
export const bookkeeping: ActivityOptions = {
  startToCloseTimeout: '5 minutes',
  heartbeatTimeout,
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  retry: { ...retry, maximumAttempts: 30 },
};

/** When a definition changed, all hours of a dataset are computed again: a minute for some ten million rows. */
export const computing: ActivityOptions = { ...bookkeeping, startToCloseTimeout: '1 hour' };

/** Recording a run that failed, perhaps because the database did: tried for a few seconds, so that the failure shows soon. */
export const farewell: ActivityOptions = { ...bookkeeping, retry: { ...retry, maximumAttempts: 3 } };

/** 100,000 files are some 500 pages of up to a second each; a throttled listing waits outside, in a durable timer. */
export const listing: ActivityOptions = { ...bookkeeping, startToCloseTimeout: '30 minutes' };

/** A chunk is at most 256 MB unless one file is larger; an hour carries 10 GB at 3 MB/s. Waits for the database as `loading` does. */
export const transfer: ActivityOptions = { ...bookkeeping, startToCloseTimeout: '1 hour' };

/** Writes in one transaction a file. */
export const loading: ActivityOptions = { ...transfer };

/** Requests to simulators and webhooks; how often they are repeated is the job's to say. */
export const asking: ActivityOptions = {
  startToCloseTimeout: '1 minute',
  heartbeatTimeout,
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
};
