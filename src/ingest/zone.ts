import { dayNumber } from './calendar.ts';

const secondsPerDay = 86_400;
const rememberedDays = 4_096;

/** A day of local time: the offsets on either side of the change that touches it. */
interface LocalDay {
  readonly before: number;
  readonly after: number;
  /** UTC second from which `after` holds; infinite: no change near this day. */
  readonly change: number;
}

const zones = new Map<string, Zone>();

/** `timezone`: an IANA name; RangeError for any other. */
export function zoneOf(timezone: string): Zone {
  const known = zones.get(timezone);
  if (known !== undefined) return known;
  const zone = new Zone(timezone);
  zones.set(timezone, zone);
  return zone;
}

/**
 * Local time to UTC. A time that occurs twice is taken for its first occurrence; one that is skipped is moved forward by the
 * length of the gap. So do java.time and Temporal; Postgres takes the second occurrence, which is why COPY gets an offset.
 */
export class Zone {
  readonly #format: Intl.DateTimeFormat;
  readonly #days = new Map<number, LocalDay>();
  #lastDay = Number.NaN;
  #last: LocalDay = { before: 0, after: 0, change: Number.POSITIVE_INFINITY };

  constructor(timezone: string) {
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone: timezone,
      calendar: 'gregory',
      hourCycle: 'h23',
      era: 'narrow',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  }

  /** Both in seconds since 1970-01-01T00:00:00, the argument as the local clock reads. */
  utcSeconds(local: number): number {
    const day = Math.floor(local / secondsPerDay);
    if (day !== this.#lastDay) {
      this.#last = this.#dayOf(day);
      this.#lastDay = day;
    }
    const { before, after, change } = this.#last;
    const early = local - before;
    const late = local - after;
    return early >= change && late >= change ? late : early;
  }

  #dayOf(day: number): LocalDay {
    const known = this.#days.get(day);
    if (known !== undefined) return known;
    if (this.#days.size >= rememberedDays) this.#days.clear();
    // No offset exceeds a day, so every reading of this local day lies between these.
    const found = this.#changeBetween((day - 1) * secondsPerDay, (day + 2) * secondsPerDay);
    this.#days.set(day, found);
    return found;
  }

  /** No zone changes twice within three days, so equal offsets mean no change. */
  #changeBetween(start: number, end: number): LocalDay {
    const before = this.#offsetAt(start);
    const after = this.#offsetAt(end);
    if (before === after) return { before, after, change: Number.POSITIVE_INFINITY };
    let low = start;
    let high = end;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.#offsetAt(middle) === before) low = middle;
      else high = middle;
    }
    return { before, after, change: high };
  }

  /** Seconds east of UTC. */
  #offsetAt(utc: number): number {
    const parts = new Map(this.#format.formatToParts(utc * 1_000).map(({ type, value }) => [type, value]));
    const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = (
      ['year', 'month', 'day', 'hour', 'minute', 'second'] as const
    ).map((type) => Number(parts.get(type)));
    const days = dayNumber(parts.get('era') === 'B' ? 1 - year : year, month, day);
    return days * secondsPerDay + hour * 3_600 + minute * 60 + second - utc;
  }
}
