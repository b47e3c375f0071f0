import type { Cadence } from '../domain/job.ts';
import { lastFireBefore } from './fires.ts';

/**
 * The nominal time of a job's tick before `nominal`, whichever of its cadences came last; the beginning of time when there
 * was none. A tick in an hour that clocks bring twice is that of the first time.
 */
export function previousTick(cadences: readonly Cadence[], nominal: Date): Date {
  return new Date(lastFireBefore(cadences, nominal.getTime()) ?? 0);
}
