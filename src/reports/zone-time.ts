const fields = ['year', 'month', 'day', 'hour', 'minute', 'second'] as const;
const formatters = new Map<string, Intl.DateTimeFormat>();

/** The zone's wall clock at that instant, as a Date whose UTC fields hold it. Throws RangeError for an unknown zone. */
export function wallClock(instant: Date, zone: string): Date {
  const parts = formatterOf(zone).formatToParts(instant);
  const [year = 0, month = 0, ...rest] = fields.map((field) =>
    Number(parts.find(({ type }) => type === field)?.value),
  );
  return new Date(Date.UTC(year, month - 1, ...rest));
}

/** Milliseconds that the zone is ahead of UTC at that instant. */
export function zoneOffset(instant: Date, zone: string): number {
  return wallClock(instant, zone).getTime() - Math.floor(instant.getTime() / 1000) * 1000;
}

/** `+02:00` */
export function offsetText(offset: number): string {
  const minutes = Math.abs(Math.trunc(offset / 60_000));
  const pair = [Math.trunc(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0'));
  return `${offset < 0 ? '-' : '+'}${pair.join(':')}`;
}

// Building one costs about as much as a thousand uses of it.
function formatterOf(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone);
  if (known !== undefined) return known;
  const formatter = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formatters.set(zone, formatter);
  return formatter;
}
