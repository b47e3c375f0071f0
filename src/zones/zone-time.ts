/*
 * What clocks of a zone show. A wall time is what they show, as the milliseconds that it would be in UTC. Times of whole
 * seconds. None of it belongs into a workflow: a new edition of the zones' rules must not break a replay.
 */

// Making one costs about as much as a thousand uses of it.
const formats = new Map<string, Intl.DateTimeFormat>();

/** Throws RangeError for an unknown zone. */
export function wallTime(zone: string, instant: number): number {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(zone, format);
  }
  const [month = 1, date = 1, year = 0, ...time] = format.format(instant).split(/\D+/).map(Number);
  return Date.UTC(year, month - 1, date, ...time);
}

/** Milliseconds that clocks of the zone are ahead of UTC. */
export function offsetAt(zone: string, instant: number): number {
  return wallTime(zone, instant) - Math.floor(instant / 1000) * 1000;
}

/** `+02:00` */
export function offsetText(offset: number): string {
  const minutes = Math.abs(Math.trunc(offset / 60_000));
  const pair = [Math.trunc(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0'));
  return `${offset < 0 ? '-' : '+'}${pair.join(':')}`;
}
