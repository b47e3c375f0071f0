import { type Calendar, hasFixedHours, matchesDay } from '../domain/calendar.ts';
import type { Cadence } from '../domain/job.ts';
import { gapAround, instantsOf, isEvenDay } from '../zones/clock-changes.ts';
import { offsetAt, wallTime } from '../zones/zone-time.ts';
import { partsOf } from './cadence-parts.ts';

const day = 86_400_000;
const hour = 3_600_000;
/** A job that is due on 29 February alone waits eight years at most. */
const searchDays = 3660;

/** A time for which Temporal starts a run. */
export interface Fire {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /**
   * `moved`: its time of day does not exist on that day, so it is due when clocks have jumped. `repeated`: clocks show its time
   * of day for the second time, so the run ends at once.
   */
  readonly mark: 'moved' | 'repeated' | null;
}

/** All from an instant on, in their order; at most ten years of them. */
export function* firesFrom(cadences: readonly Cadence[], from: number): Generator<Fire, void> {
  const sources = cadences.flatMap((cadence) => sourcesOf(cadence, from));
  const heads = sources.map((source) => ({ source, next: source.next() }));
  for (;;) {
    const open = heads.flatMap((head) => (head.next.done === true ? [] : [head.next.value]));
    if (open.length === 0) return;
    const at = open.reduce((least, fire) => Math.min(least, fire.at), Infinity);
    const together = open.filter((fire) => fire.at === at);
    yield { at, mark: strongest(together) };
    for (const head of heads)
      while (head.next.done !== true && head.next.value.at <= at) head.next = head.source.next();
  }
}

/** The last one before an instant that does its work; null when there was none for ten years. */
export function lastFireBefore(cadences: readonly Cadence[], instant: number): number | null {
  for (let span = hour; span < 2 * searchDays * day; span *= 4) {
    let last: number | null = null;
    for (const { at, mark } of firesFrom(cadences, instant - span)) {
      if (at >= instant) break;
      if (mark !== 'repeated') last = at;
    }
    if (last !== null) return last;
  }
  return null;
}

/** Whether something is due in the second of that time. */
export function isDueAt(cadences: readonly Cadence[], time: Date): boolean {
  const second = Math.floor(time.getTime() / 1000) * 1000;
  return lastFireBefore(cadences, second + 1000) === second;
}

/** Whether a run of that nominal time is one that clocks have brought twice, and nothing else is due at that time. */
export function isRepeated(cadences: readonly Cadence[], nominal: number): boolean {
  const next = firesFrom(cadences, nominal).next();
  return next.done !== true && next.value.at === nominal && next.value.mark === 'repeated';
}

function strongest(together: readonly Fire[]): Fire['mark'] {
  if (together.every(({ mark }) => mark === 'repeated')) return 'repeated';
  return together.some(({ mark }) => mark === null) ? null : 'moved';
}

function sourcesOf(cadence: Cadence, from: number): Generator<Fire, void>[] {
  if (cadence.kind === 'once') return [once(Date.parse(cadence.at), from)];
  const zone = cadence.kind === 'interval' ? 'UTC' : cadence.timezone;
  const { intervals, calendars } = partsOf(cadence);
  return [
    ...intervals.map((interval) => regular(interval, from)),
    ...calendars.map((calendar) => onCalendar(calendar, zone, from)),
  ];
}

function* once(at: number, from: number): Generator<Fire, void> {
  if (at >= from) yield { at, mark: null };
}

/** Temporal counts intervals from the Unix epoch. */
function* regular(
  { seconds, offsetSeconds }: { readonly seconds: number; readonly offsetSeconds: number },
  from: number,
): Generator<Fire, void> {
  const [every, offset] = [seconds * 1000, offsetSeconds * 1000];
  let at = Math.ceil((from - offset) / every) * every + offset;
  for (; at < from + searchDays * day; at += every) yield { at, mark: null };
}

function* onCalendar(calendar: Calendar, zone: string, from: number): Generator<Fire, void> {
  const first = Math.floor(wallTime(zone, from) / day) * day - day;
  for (let date = first; date < first + searchDays * day; date += day) {
    if (!matchesDay(calendar, date)) continue;
    for (const fire of ofDay(calendar, zone, date)) if (fire.at >= from) yield fire;
  }
}

function* ofDay(calendar: Calendar, zone: string, date: number): Generator<Fire, void> {
  if (isEvenDay(zone, date)) {
    const offset = offsetAt(zone, date);
    for (const wall of wallTimes(calendar, date)) yield { at: wall - offset, mark: null };
    return;
  }
  const fixed = hasFixedHours(calendar);
  const fires = [...wallTimes(calendar, date)].flatMap((wall): Fire[] => {
    const [at, again] = instantsOf(zone, wall);
    if (at === undefined) return fixed ? [{ at: gapAround(zone, wall), mark: 'moved' }] : [];
    if (again === undefined) return [{ at, mark: null }];
    return [
      { at, mark: null },
      { at: again, mark: fixed ? 'repeated' : null },
    ];
  });
  // Of those that meet, the one that is there anyhow counts.
  yield* fires.sort((a, b) => a.at - b.at || Number(a.mark !== null) - Number(b.mark !== null));
}

function* wallTimes({ hours, minutes, seconds }: Calendar, date: number): Generator<number, void> {
  for (const h of hours)
    for (const m of minutes) for (const s of seconds) yield date + h * hour + m * 60_000 + s * 1000;
}
