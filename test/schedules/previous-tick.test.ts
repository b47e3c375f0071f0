import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { previousTick as previousTickOf } from '../../src/schedules/previous-tick.ts';
import { syncCadences } from '../../src/schedules/sync-cadences.ts';

type Times = Parameters<typeof syncCadences>[0];

function previousTick(times: Times, nominal: Date): Date {
  return previousTickOf(syncCadences(times), nominal);
}

const hourly: Times = { intervalMinutes: 60, quadDailyTimes: [], timezone: 'Europe/Berlin' };
const quad = ['09:05', '12:05', '15:05', '18:05'];

describe('of an interval', () => {
  test.each([
    ['2026-11-22T14:00:00.000Z', '2026-11-22T13:00:00.000Z'],
    ['2026-11-22T14:00:00.001Z', '2026-11-22T14:00:00.000Z'],
    ['2026-11-22T14:25:31.000Z', '2026-11-22T14:00:00.000Z'],
    ['2026-01-01T00:00:00.000Z', '2025-12-31T23:00:00.000Z'],
  ])('the tick before %s is %s', (nominal, previous) => {
    expect(previousTick(hourly, new Date(nominal)).toISOString()).toBe(previous);
  });

  test('ticks are counted from the Unix epoch, as Temporal does', () => {
    const nominal = new Date('2026-11-22T14:00:00Z');
    const previous = previousTick({ ...hourly, intervalMinutes: 7 * 60 }, nominal);
    expect(previous.getTime() % (7 * 60 * 60_000)).toBe(0);
    expect(nominal.getTime() - previous.getTime()).toBeLessThanOrEqual(7 * 60 * 60_000);
  });

  test('changes of the clocks do not touch it', () => {
    expect(previousTick(hourly, new Date('2026-03-29T01:00:00Z')).toISOString()).toBe(
      '2026-03-29T00:00:00.000Z',
    );
    expect(previousTick(hourly, new Date('2026-10-25T01:00:00Z')).toISOString()).toBe(
      '2026-10-25T00:00:00.000Z',
    );
  });
});

describe('of fixed times', () => {
  test.each([
    [
      'the slot before on the same day',
      'Europe/Berlin',
      quad,
      '2026-11-22T11:05:00Z',
      '2026-11-22T08:05:00.000Z',
    ],
    [
      'the last slot of the day before',
      'Europe/Berlin',
      quad,
      '2026-11-22T08:05:00Z',
      '2026-11-21T17:05:00.000Z',
    ],
    [
      'the slot just past, of a run between slots',
      'Europe/Berlin',
      quad,
      '2026-11-22T11:05:01Z',
      '2026-11-22T11:05:00.000Z',
    ],
    [
      'its own slot a day before',
      'Asia/Kathmandu',
      ['06:00'],
      '2026-11-22T00:15:00Z',
      '2026-11-21T00:15:00.000Z',
    ],
    ['midnight', 'America/New_York', ['00:00', '12:00'], '2026-11-22T17:00:00Z', '2026-11-22T05:00:00.000Z'],
    [
      '23 hours back over the change to summer time',
      'Europe/Berlin',
      ['09:05'],
      '2026-03-29T07:05:00Z',
      '2026-03-28T08:05:00.000Z',
    ],
    [
      '25 hours back over the change to winter time',
      'Europe/Berlin',
      ['09:05'],
      '2026-10-25T08:05:00Z',
      '2026-10-24T07:05:00.000Z',
    ],
    [
      'the end of the gap where the clocks jumped over a slot',
      'Europe/Berlin',
      ['02:30'],
      '2026-03-30T00:30:00Z',
      '2026-03-29T01:00:00.000Z',
    ],
    [
      'the end of the gap, seen just before the next slot',
      'America/New_York',
      ['02:30'],
      '2026-03-09T06:29:00Z',
      '2026-03-08T07:00:00.000Z',
    ],
    [
      'the first of the two where a slot comes twice',
      'Europe/Berlin',
      ['02:30'],
      '2026-10-25T01:30:00Z',
      '2026-10-25T00:30:00.000Z',
    ],
    [
      'the first of the two, seen a day later',
      'Europe/Berlin',
      ['02:30'],
      '2026-10-26T01:30:00Z',
      '2026-10-25T00:30:00.000Z',
    ],
    [
      'half an hour more where the clocks change by that',
      'Australia/Lord_Howe',
      ['12:00'],
      '2026-04-05T01:30:00Z',
      '2026-04-04T01:00:00.000Z',
    ],
  ])('it is %s (%s %j)', (_, timezone, quadDailyTimes, nominal, previous) => {
    const cadence = { intervalMinutes: null, quadDailyTimes, timezone };
    expect(previousTick(cadence, new Date(nominal)).toISOString()).toBe(previous);
  });
});

describe('of both', () => {
  const both: Times = { intervalMinutes: 60, quadDailyTimes: quad, timezone: 'Europe/Berlin' };

  test.each([
    ['2026-11-22T09:00:00Z', '2026-11-22T08:05:00.000Z'],
    ['2026-11-22T08:05:00Z', '2026-11-22T08:00:00.000Z'],
    ['2026-11-22T08:00:00Z', '2026-11-22T07:00:00.000Z'],
  ])('the tick before %s is %s', (nominal, previous) => {
    expect(previousTick(both, new Date(nominal)).toISOString()).toBe(previous);
  });

  test('a moment at which both meet is one tick', () => {
    const meeting = { ...both, quadDailyTimes: ['09:00'] };
    expect(previousTick(meeting, new Date('2026-11-22T08:30:00Z')).toISOString()).toBe(
      '2026-11-22T08:00:00.000Z',
    );
    expect(previousTick(meeting, new Date('2026-11-22T08:00:00Z')).toISOString()).toBe(
      '2026-11-22T07:00:00.000Z',
    );
  });
});

test('it is always earlier, shows a fixed time or an interval on the clock, and is the later of the two', () => {
  const zone = fc.constantFrom(
    'UTC',
    'Europe/Berlin',
    'America/New_York',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
  );
  const time = fc
    .tuple(fc.nat({ max: 23 }), fc.nat({ max: 59 }))
    .map((parts) => parts.map(twoDigits).join(':'));
  fc.assert(
    fc.property(
      zone,
      fc.uniqueArray(time, { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 1440 }),
      fc.date({ min: new Date('2024-01-01'), max: new Date('2030-01-01'), noInvalidDate: true }),
      (timezone, quadDailyTimes, intervalMinutes, nominal) => {
        const fixed = previousTick({ intervalMinutes: null, quadDailyTimes, timezone }, nominal);
        const regular = previousTick({ intervalMinutes, quadDailyTimes: [], timezone }, nominal);
        const both = previousTick({ intervalMinutes, quadDailyTimes, timezone }, nominal);
        expect(Math.max(Number(fixed), Number(regular))).toBe(Number(both));
        expect(Number(both)).toBeLessThan(Number(nominal));
        const hasJumped = clock(timezone, Number(fixed)) - clock(timezone, Number(fixed) - 60_000) > 1;
        const shown = fixed.toLocaleTimeString('en-GB', {
          timeZone: timezone,
          hour: '2-digit',
          minute: '2-digit',
        });
        expect(hasJumped || quadDailyTimes.includes(shown)).toBe(true);
        expect(Number(regular) % (intervalMinutes * 60_000)).toBe(0);
      },
    ),
  );
});

/** Minutes since midnight. */
function clock(timeZone: string, at: number): number {
  const [hour = 0, minute = 0] = new Date(at)
    .toLocaleTimeString('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' })
    .split(':')
    .map(Number);
  return hour * 60 + minute;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
