import { type JobDefinition, type JobKind, plainConfig } from '../domain/job.ts';
import type { Settings } from '../settings/settings.ts';

/** For data that a job waits for. */
export const usualWaitMinutes = 30;

/** A job of that kind that is never due, with everything as it is when nobody says otherwise. */
export function newJob(id: string, kind: JobKind, settings: Settings): JobDefinition {
  return {
    id,
    kind,
    enabled: true,
    cadences: [],
    jitterSeconds: 0,
    overlap: 'skip',
    // What was not generated in time is no loss.
    catchupMinutes: kind === 'generate' ? 1 : 60,
    runTimeoutMinutes: timeoutMinutes(kind, settings),
    pauseAfterFailures: null,
    successWithinMinutes: null,
    config: plainConfig,
    chain: null,
  };
}

function timeoutMinutes(kind: JobKind, settings: Settings): number {
  if (kind === 'sync') return settings.sync.runTimeoutMinutes;
  return kind === 'generate' ? generateTimeoutMinutes(settings) : 60;
}

/** For the requests with all of their retries, and for the sync that follows. */
export function generateTimeoutMinutes({ scheduler, sync, generate }: Settings): number {
  const pauses = scheduler.retryDelaySeconds * 2 ** scheduler.maxRetries;
  const requests = generate.timeoutSeconds * (scheduler.maxRetries + 1);
  return sync.runTimeoutMinutes + Math.ceil((2 * (pauses + requests)) / 60);
}
