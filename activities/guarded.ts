import { Context } from '@temporalio/activity';

import { toFailure } from './failures.ts';

/** Four beats within the heartbeat timeout (6 s), so that a slow moment loses no attempt: two requests in three seconds for each activity. */
const beatEveryMs = 1500;

/** What an activity tells while it works. Small: it is stored with every beat. */
export interface Progress {
  done: number;
  of: number;
  current: string;
  /** Of the current file; while several are downloaded at once, of all of them together. Null: nothing was read yet. */
  bytes: {
    readonly step: 'downloading' | 'checking' | 'loading';
    readonly done: number;
    readonly of: number;
  } | null;
}

/**
 * Brackets an activity: beats while it works, so that a dead worker is noticed and a cancellation arrives, and turns
 * what it throws into a failure with a type. `once`: its failure ends the run, see toFailure.
 */
export function guarded<Input, Output>(
  retry: 'retry' | 'once',
  work: (input: Input, progress: Progress, signal: AbortSignal) => Promise<Output>,
): (input: Input) => Promise<Output> {
  return async (input) => {
    const context = Context.current();
    const progress: Progress = { done: 0, of: 0, current: '', bytes: null };
    const beat = setInterval(() => {
      context.heartbeat({ version: 1, ...progress });
    }, beatEveryMs);
    try {
      return await work(input, progress, context.cancellationSignal);
    } catch (error) {
      // A stopped statement or download throws its own error; what it means is that the activity was cancelled.
      if (context.cancellationSignal.aborted) throw context.cancellationSignal.reason;
      throw toFailure(error, retry);
    } finally {
      clearInterval(beat);
    }
  };
}
