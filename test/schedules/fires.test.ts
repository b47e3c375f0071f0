import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { Cadence } from '../../src/domain/job.ts';
import { type Fire, firesFrom, isRepeated } from '../../src/schedules/fires.ts';
import { cron, daily } from './cadences.ts';

const day = 86_400_000;

function fires(cadences: readonly Cadence[], from: string, to: string): Fire[] {
  const found: Fire[] = [];
  for (const fire of firesFrom(cadences, Date.parse(from))) {
    if (fire.at >= Date.parse(to)) break;
    found.push(fire);
  }
  return found;
}

function shown(...args: Parameters<typeof fires>): string[] {
  return fires(...args).map(({ at, mark }) =>
    [new Date(at).toISOString().slice(5, 16), mark ?? ''].join(' ').trim(),
  );
}

const hourly: Cadence = { kind: 'interval', seconds: 3600, offsetSeconds: 0 };

describe('a job with fixed times', () => {
  test('is due at the end of the gap when its time does not exist on that day', () => {
    expect(shown([daily('Europe/Berlin', '02:30')], '2027-03-27T00:00:00Z', '2027-03-30T00:00:00Z')).toEqual([
      '03-27T01:30',
      '03-28T01:00 moved',
      '03-29T00:30',
    ]);
  });

  test('is due once for all times that do not exist, and for the one that is there when clocks have jumped', () => {
    const cadences = [daily('Europe/Berlin', '02:15', '02:45', '03:00')];
    expect(shown(cadences, '2027-03-28T00:00:00Z', '2027-03-29T00:00:00Z')).toEqual(['03-28T01:00']);
  });

  test('comes twice when clocks are put back, and the second time is marked', () => {
    expect(
      shown([daily('America/New_York', '01:30')], '2026-11-01T00:00:00Z', '2026-11-02T00:00:00Z'),
    ).toEqual(['11-01T05:30', '11-01T06:30 repeated']);
  });

  test('is not repeated when something else is due at that time', () => {
    const both = [daily('America/New_York', '01:00'), hourly];
    expect(shown(both, '2026-11-01T05:00:00Z', '2026-11-01T07:00:00Z')).toEqual([
      '11-01T05:00',
      '11-01T06:00',
    ]);
    const second = Date.parse('2026-11-01T06:00:00Z');
    expect(isRepeated(both, second)).toBe(false);
    expect(isRepeated([daily('America/New_York', '01:00')], second)).toBe(true);
  });

  test('keeps to the day of its expression where the gap ends on the next one', () => {
    // Nuuk puts its clocks forward at 23:00 on a Saturday.
    expect(
      shown([cron('America/Nuuk', '30 23 * * SAT')], '2027-03-27T00:00:00Z', '2027-04-01T00:00:00Z'),
    ).toEqual(['03-28T01:00 moved']);
  });

  test('follows clocks that change by half an hour, or by two', () => {
    expect(
      shown([daily('Australia/Lord_Howe', '02:15')], '2026-10-03T00:00:00Z', '2026-10-04T00:00:00Z'),
    ).toEqual(['10-03T15:30 moved']);
    expect(
      shown([daily('Antarctica/Troll', '01:30', '02:30')], '2026-10-24T12:00:00Z', '2026-10-25T12:00:00Z'),
    ).toEqual(['10-24T23:30', '10-25T00:30', '10-25T01:30 repeated', '10-25T02:30 repeated']);
  });
});

test('a job with a wildcard hour, or an interval, is due each hour that passes', () => {
  const range = ['2026-10-24T22:30:00Z', '2026-10-25T03:30:00Z'] as const;
  const expected = ['10-24T23:00', '10-25T00:00', '10-25T01:00', '10-25T02:00', '10-25T03:00'];
  expect(shown([cron('Europe/Berlin', '0 * * * *')], ...range)).toEqual(expected);
  expect(shown([hourly], ...range)).toEqual(expected);
  const spring = ['2027-03-27T23:30:00Z', '2027-03-28T02:30:00Z'] as const;
  expect(shown([cron('Europe/Berlin', '0 * * * *')], ...spring)).toEqual([
    '03-28T00:00',
    '03-28T01:00',
    '03-28T02:00',
  ]);
});

test('times that meet are one, and a job that is due once is due once', () => {
  const cadences = [hourly, daily('UTC', '10:00', '10:30'), cron('UTC', '0 10 * * *')];
  expect(shown(cadences, '2026-11-26T09:30:00Z', '2026-11-26T11:30:00Z')).toEqual([
    '11-26T10:00',
    '11-26T10:30',
    '11-26T11:00',
  ]);
  const once: Cadence = { kind: 'once', at: '2026-12-31T22:30:00.000Z' };
  expect(shown([once], '2026-11-26T00:00:00Z', '2028-01-01T00:00:00Z')).toEqual(['12-31T22:30']);
  expect(shown([once], '2026-12-31T22:30:01Z', '2028-01-01T00:00:00Z')).toEqual([]);
});

const formats = new Map<string, Intl.DateTimeFormat>();

/** As the zone's clocks show it, by another way than the code under test. */
function clock(zone: string, at: number): string {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
    formats.set(zone, format);
  }
  return format.format(at);
}

/** Instants between which the zone's offset changes, to the second; found by the day, then by halves. */
function changes(zone: string): number[] {
  const offset = (at: number) => Date.parse(`${clock(zone, at).replace(' ', 'T')}Z`) - at;
  const found: number[] = [];
  for (let at = Date.UTC(2026, 0); at < Date.UTC(2037, 0); at += 5 * day) {
    let [low, high] = [at, at + 5 * day];
    if (offset(low) === offset(high)) continue;
    while (high - low > 1000) {
      const middle = Math.floor((low + high) / 2000) * 1000;
      if (offset(middle) === offset(low)) low = middle;
      else high = middle;
    }
    found.push(high);
  }
  return found;
}

const minutes = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
const pad = (value: number) => String(value).padStart(2, '0');

test('in every zone, on every day on which clocks change from 2026 to 2036, a fixed time has exactly one run', () => {
  const zones = Intl.supportedValuesOf('timeZone')
    .map((zone) => ({ zone, at: changes(zone) }))
    .filter(({ at }) => at.length > 0);
  expect(zones.length).toBeGreaterThan(80);

  for (const { zone, at } of zones) {
    fc.assert(
      fc.property(fc.constantFrom(...at), fc.integer({ min: -200, max: 200 }), (change, beside) => {
        // Most times are near the change, where it matters.
        const total = (minutes(clock(zone, change).slice(11, 16)) + beside + 1440) % 1440;
        const time = `${pad(Math.floor(total / 60))}:${pad(total % 60)}`;
        const found = fires([daily(zone, time)], iso(change - 3 * day), iso(change + 3 * day));
        const effective = found.filter(({ mark }) => mark !== 'repeated');
        for (const fire of effective) expectDue(zone, time, fire);
        for (const fire of found.filter(({ mark }) => mark === 'repeated'))
          expect(effective.map((each) => clock(zone, each.at))).toContain(clock(zone, fire.at));
        // One a day: no two are further apart than a day and the change of the clocks, or closer.
        for (const [index, { at: next }] of effective.entries()) {
          const before = effective[index - 1]?.at;
          if (before !== undefined) expect(Math.abs(next - before - day)).toBeLessThanOrEqual(2 * 3_600_000);
        }
        expect(effective.length).toBeGreaterThanOrEqual(5);
      }),
      { numRuns: 8 },
    );
  }
});

/** Clocks show its time, or have just jumped over it. */
function expectDue(zone: string, time: string, { at, mark }: Fire): void {
  const now = clock(zone, at).slice(11, 16);
  if (mark === null) {
    expect(now).toBe(time);
    return;
  }
  const jumpedFrom = minutes(clock(zone, at - 1000).slice(11, 16)) + 1;
  const jumped = (minutes(now) - jumpedFrom + 1440) % 1440;
  expect((minutes(time) - jumpedFrom + 1440) % 1440).toBeLessThan(jumped);
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
