import { Context, log } from '@temporalio/activity';

import type { Owner } from '../src/database/owner.ts';

/** The attempt that runs now, as its transactions name it to Postgres. */
export function currentOwner(): Owner {
  const { info, cancellationSignal } = Context.current();
  return {
    runId: info.workflowExecution?.runId ?? '',
    activityId: info.activityId,
    attempt: info.attempt,
    scheduledAt: new Date(info.currentAttemptScheduledTimestampMs),
    signal: cancellationSignal,
    onTerminated: (session) => {
      log.warn('Ended a database session that a stopped worker had left', { ...session });
    },
  };
}
