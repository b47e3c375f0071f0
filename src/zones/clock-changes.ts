import { offsetAt, wallTime } from './zone-time.ts';

/* When clocks of a zone show what; see zone-time.ts. */

const hour = 3_600_000;
const day = 24 * hour;
const week = 7 * day;

/** When clocks show that: once; never when they jump over it; twice when they are put back. The earlier comes first. */
export function instantsOf(zone: string, wall: number): number[] {
  // No zone changes its clocks twice within two days.
  const offsets = new Set([offsetAt(zone, wall - day), offsetAt(zone, wall + day)]);
  return [...offsets]
    .map((offset) => wall - offset)
    .filter((instant) => wallTime(zone, instant) === wall)
    .sort((a, b) => a - b);
}

/** When clocks show that for the first time, or, where they jump over it, have jumped. */
export function firstInstantOf(zone: string, wall: number): number {
  return instantsOf(zone, wall)[0] ?? gapAround(zone, wall);
}

/** When the day of an instant has begun. */
export function startOfDay(zone: string, instant: number): number {
  return firstInstantOf(zone, Math.floor(wallTime(zone, instant) / day) * day);
}

/** Whether clocks are not changed on the day of a wall time, nor on those beside it. */
export function isEvenDay(zone: string, wall: number): boolean {
  return offsetAt(zone, wall - 2 * day) === offsetAt(zone, wall + 2 * day);
}

/** Clocks jump from `from` to `to`, wall times: forward, or back when `to` is the earlier. */
export interface ClockChange {
  readonly from: number;
  readonly to: number;
}

/** Those between two instants, in order. */
export function changesBetween(zone: string, start: number, end: number): ClockChange[] {
  const changes: ClockChange[] = [];
  for (let at = start; at < end; at += week) {
    const next = Math.min(at + week, end);
    const [before, after] = [offsetAt(zone, at), offsetAt(zone, next)];
    if (after === before) continue;
    const change = changeBetween(zone, at, next);
    changes.push({ from: change + before, to: change + after });
  }
  return changes;
}

/** When clocks that jump over a wall time do so. */
export function gapAround(zone: string, wall: number): number {
  return changeBetween(zone, wall - 2 * day, wall + 2 * day);
}

/** The second from which on the offset is that of the later instant. */
function changeBetween(zone: string, start: number, end: number): number {
  let [low, high] = [Math.floor(start / 1000), Math.floor(end / 1000)];
  const after = offsetAt(zone, high * 1000);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(zone, middle * 1000) === after) high = middle;
    else low = middle;
  }
  return high * 1000;
}
