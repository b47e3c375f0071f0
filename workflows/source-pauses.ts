import { ActivityFailure, ApplicationFailure } from '@temporalio/common';
import { log, patched, sleep, workflowInfo } from '@temporalio/workflow';

/** Shows whoever looks at the run that it waits. */
export interface PauseDisplay {
  paused(seconds: number): void;
  resumed(): void;
}

/** Type of the failure that says for how long the source wants to be left alone. */
export const throttled = 'Throttled';

/** Of the run's time limit: a pause that would end later is not begun, so that the run itself is never cut off. */
const lastPauseEnds = 0.8;

/** Each pause costs some ten events of the history: those of a source that asks for a second each time grow to this, some thirty in two hours. */
const longestOwnPauseSeconds = 300;

/**
 * Does the work again after each pause that the source asks for: in a timer, so that no worker waits, and nothing is
 * charged. Throws what the work does, also its last call for a pause that would outlast the run.
 */
export async function respectingPauses<T>(display: PauseDisplay, work: () => Promise<T>): Promise<T> {
  for (let pauses = 0; ; pauses++) {
    try {
      return await work();
    } catch (error) {
      const asked = askedPauseSeconds(error);
      if (asked === null || !patched('pauses-while-listing')) throw error;
      const pause = Math.max(asked, Math.min(2 ** pauses, longestOwnPauseSeconds));
      if (endsTooLate(pause)) throw error;
      await pauseForSource(display, pause);
      display.resumed();
    }
  }
}

/** Visible to whoever looks at the run. */
export async function pauseForSource(display: PauseDisplay, seconds: number): Promise<void> {
  display.paused(seconds);
  log.warn('SharePoint asked for a pause', { pauseSeconds: seconds });
  await sleep(seconds * 1000, { summary: `SharePoint asked for a pause of ${seconds} s` });
}

export function endsTooLate(pauseSeconds: number): boolean {
  const { startTime, runTimeoutMs } = workflowInfo();
  if (runTimeoutMs === undefined) return false;
  return Date.now() + pauseSeconds * 1000 > startTime.getTime() + runTimeoutMs * lastPauseEnds;
}

/** Null: it failed for another reason, or an older worker does not say for how long. */
function askedPauseSeconds(error: unknown): number | null {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  if (!(cause instanceof ApplicationFailure) || cause.type !== throttled) return null;
  const [detail] = (cause.details ?? []) as { readonly retryAfterSeconds?: unknown }[];
  return typeof detail?.retryAfterSeconds === 'number' ? detail.retryAfterSeconds : null;
}
