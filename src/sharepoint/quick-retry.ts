import { setTimeout as sleep } from 'node:timers/promises';

import { retryAfterSeconds } from './refusal.ts';

/** A longer wait is left to the caller, who can do something else meanwhile. */
const longestWaitSeconds = 5;

/** Sends again, once, when the service asks for a wait of a few seconds. */
export async function withQuickRetry(
  sendOnce: () => Promise<Response>,
  signal: AbortSignal | undefined,
): Promise<Response> {
  const response = await sendOnce();
  if (![429, 503, 504].includes(response.status)) return response;
  const seconds = retryAfterSeconds(response);
  if (seconds === null || seconds > longestWaitSeconds) return response;
  await response.body?.cancel();
  await sleep(seconds * 1000, undefined, { signal }).catch(() => signal?.throwIfAborted());
  return await sendOnce();
}
