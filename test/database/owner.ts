import type { Owner, TerminatedSession } from '../../src/database/owner.ts';

export interface TestOwner extends Owner {
  /** What it had to end. */
  readonly terminated: TerminatedSession[];
}

let scheduled = 0;

/** An attempt as Temporal would have made it; each one was scheduled later than those before it. */
export function owner(given: Partial<Owner> = {}): TestOwner {
  const terminated: TerminatedSession[] = [];
  return {
    runId: 'run',
    activityId: '1',
    attempt: 1,
    scheduledAt: new Date(Date.UTC(2026, 10, 20) + scheduled++ * 1000),
    signal: new AbortController().signal,
    onTerminated: (session) => terminated.push(session),
    terminated,
    ...given,
  };
}
