import type { Overlap } from '../domain/job.ts';

/** What a tick meets while the run before it is under way: it is skipped, waits for its end, or runs beside it. */
export type Meeting = 'skipped' | 'queued' | 'beside';

/**
 * For each tick, in order and in milliseconds, what it meets when every run takes as long as they usually do; null: nothing.
 * `busyUntil` is when what runs now should end.
 */
export function meetings(
  ticks: readonly number[],
  {
    overlap,
    usualMs,
    busyUntil,
  }: { readonly overlap: Overlap; readonly usualMs: number; readonly busyUntil: number },
): (Meeting | null)[] {
  let busy = busyUntil;
  let isWaitedFor = false;
  return ticks.map((tick) => {
    if (isWaitedFor && tick >= busy) {
      busy += usualMs;
      isWaitedFor = false;
    }
    if (tick >= busy) {
      busy = tick + usualMs;
      return null;
    }
    if (overlap === 'allow') {
      busy = Math.max(busy, tick + usualMs);
      return 'beside';
    }
    if (overlap === 'skip' || isWaitedFor) return 'skipped';
    isWaitedFor = true;
    return 'queued';
  });
}
