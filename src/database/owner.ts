/** The attempt of an activity that a transaction belongs to. */
export interface Owner {
  /** Temporal's id of this very execution: an attempt from before somebody reset the run belongs to another one. */
  readonly runId: string;
  readonly activityId: string;
  readonly attempt: number;
  /** When Temporal scheduled this attempt: later for every later one, also of another activity of the run. */
  readonly scheduledAt: Date;
  /** Aborted: the running statement is cancelled, and the transaction rolled back. */
  readonly signal: AbortSignal;
  /** Told of each session that stood in the way and was ended. */
  readonly onTerminated: (session: TerminatedSession) => void;
}

export interface TerminatedSession {
  readonly pid: number;
  readonly name: string;
  /** superseded: an earlier attempt of the same activity. frozen: it has waited for its worker for half a minute. */
  readonly why: 'superseded' | 'frozen';
}
