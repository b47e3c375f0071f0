import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { zoneOf } from '../../src/ingest/zone.ts';

function utc(timezone: string, local: string): string {
  const seconds = zoneOf(timezone).utcSeconds(Date.parse(`${local}Z`) / 1_000);
  return new Date(seconds * 1_000).toISOString().slice(0, 16);
}

/** What a wall clock shows, as seconds since 1970 as if it were UTC. */
function wallClock(format: Intl.DateTimeFormat, seconds: number): number {
  const text = format.format(seconds * 1_000);
  const [month, day, year, hour, minute, second] = text.split(/\D+/).map(Number);
  return Date.UTC(year!, month! - 1, day, hour, minute, second) / 1_000;
}

describe('local time to UTC', () => {
  it.each([
    ['Europe/Berlin', '2026-01-15T12:00', '2026-01-15T11:00'],
    ['Europe/Berlin', '2026-03-29T01:59', '2026-03-29T00:59'],
    ['Europe/Berlin', '2026-03-29T03:00', '2026-03-29T01:00'],
    ['Europe/Berlin', '2026-10-25T01:59', '2026-10-24T23:59'],
    ['Europe/Berlin', '2026-10-25T03:00', '2026-10-25T02:00'],
    ['America/New_York', '2026-03-08T01:59', '2026-03-08T06:59'],
    ['America/New_York', '2026-03-08T03:00', '2026-03-08T07:00'],
    ['America/New_York', '2026-11-01T00:59', '2026-11-01T04:59'],
    ['America/New_York', '2026-11-01T02:00', '2026-11-01T07:00'],
    ['America/Nuuk', '2022-03-26T23:30', '2022-03-27T01:30'],
    ['Asia/Kathmandu', '2026-05-01T00:00', '2026-04-30T18:15'],
    ['Pacific/Apia', '2011-12-31T00:00', '2011-12-30T10:00'],
  ])('in %s %s is %s', (timezone, local, expected) => {
    expect(utc(timezone, local)).toBe(expected);
  });

  it.each([
    ['Europe/Berlin', '2026-10-25T02:00', '2026-10-25T00:00'],
    ['Europe/Berlin', '2026-10-25T02:59', '2026-10-25T00:59'],
    ['America/New_York', '2026-11-01T01:30', '2026-11-01T05:30'],
    ['Australia/Lord_Howe', '2026-04-05T01:45', '2026-04-04T14:45'],
  ])('takes the first of two: in %s %s is %s', (timezone, local, expected) => {
    expect(utc(timezone, local)).toBe(expected);
  });

  it.each([
    ['Europe/Berlin', '2026-03-29T02:30', '2026-03-29T01:30'],
    ['America/New_York', '2026-03-08T02:00', '2026-03-08T07:00'],
    ['Pacific/Apia', '2011-12-30T12:00', '2011-12-30T22:00'],
  ])('moves a skipped time forward: in %s %s is %s', (timezone, local, expected) => {
    expect(utc(timezone, local)).toBe(expected);
  });

  it('formats back to the local text in any zone, and is the first of two where the clock shows it twice', () => {
    const formats = new Map<string, Intl.DateTimeFormat>();
    fc.assert(
      fc.property(
        fc.constantFrom(...Intl.supportedValuesOf('timeZone')),
        fc.integer({ min: 0, max: Date.UTC(2037, 0) / 1_000 }),
        (timeZone, instant) => {
          const format =
            formats.get(timeZone) ??
            new Intl.DateTimeFormat('en-US', {
              timeZone,
              hourCycle: 'h23',
              ...{ year: 'numeric', month: 'numeric', day: 'numeric' },
              ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
            });
          formats.set(timeZone, format);
          const local = wallClock(format, instant);
          const found = zoneOf(timeZone).utcSeconds(local);
          expect(wallClock(format, found)).toBe(local);
          expect(found).toBeLessThanOrEqual(instant);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('refuses a zone that does not exist', () => {
    expect(() => zoneOf('Europe/Nowhere')).toThrow(RangeError);
  });
});
