import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { dataWindow, type Tick, type WindowRules } from '../../src/domain/data-window.ts';

const rules: WindowRules = { lookback: 'all', since: null, catchupMinutes: 60 };
const tick: Tick = {
  nominal: '2026-11-22T14:00:00Z',
  startedAt: '2026-11-22T14:00:03Z',
  isDue: true,
  previous: '2026-11-22T13:00:00Z',
  coveredTo: null,
};
/** A run of the tick above that was asked for the next day. */
const late: Tick = { ...tick, startedAt: '2026-11-23T09:30:00Z' };

describe('the files that a run looks at', () => {
  test('are all up to its nominal time when lookback is "all"', () => {
    expect(dataWindow(rules, tick)).toEqual({ from: null, to: '2026-11-22T14:00:01.000Z', backfill: false });
  });

  test('reach back to where earlier runs stopped when ticks were skipped, and never less than a tick', () => {
    const cadence: WindowRules = { ...rules, lookback: 'cadence' };

    expect(dataWindow(cadence, { ...tick, coveredTo: '2026-11-22T09:00:01Z' }).from).toBe(
      '2026-11-22T09:00:01.000Z',
    );
    expect(dataWindow(cadence, { ...tick, coveredTo: '2026-11-22T13:30:01Z' }).from).toBe(
      '2026-11-22T13:00:01.000Z',
    );
    expect(dataWindow(cadence, { ...late, coveredTo: '2026-11-22T09:00:01Z' }).from).toBe(
      '2026-11-22T13:00:01.000Z',
    );
  });

  test('are those since the tick before when lookback is "cadence"', () => {
    expect(dataWindow({ ...rules, lookback: 'cadence' }, tick)).toEqual({
      from: '2026-11-22T13:00:01.000Z',
      to: '2026-11-22T14:00:01.000Z',
      backfill: false,
    });
  });

  test('are those of the last minutes when lookback is a duration', () => {
    expect(dataWindow({ ...rules, lookback: { minutes: 90 } }, tick)).toEqual({
      from: '2026-11-22T12:30:00.000Z',
      to: '2026-11-22T14:00:01.000Z',
      backfill: false,
    });
  });

  test('are not those of its own slot when somebody asked for it at a time of no tick, however late it starts', () => {
    const asked = { ...late, isDue: false };

    expect(dataWindow(rules, asked)).toEqual({ from: null, to: '2026-11-22T14:00:01.000Z', backfill: false });
    expect(dataWindow({ ...rules, lookback: { minutes: 90 } }, asked).from).toBe('2026-11-22T12:30:00.000Z');
  });

  test.each(['all', 'cadence', { minutes: 90 }] as const)(
    'are those of its own slot alone when it is a backfill, whatever the lookback (%j)',
    (lookback) => {
      expect(dataWindow({ ...rules, lookback }, late)).toEqual({
        from: '2026-11-22T13:00:01.000Z',
        to: '2026-11-22T14:00:01.000Z',
        backfill: true,
      });
    },
  );

  test('end with the second of the nominal time, however precise that is', () => {
    const window = dataWindow(
      { ...rules, lookback: 'cadence' },
      { ...tick, nominal: '2026-11-22T14:07:31.871Z' },
    );
    expect(window.to).toBe('2026-11-22T14:07:32.000Z');
  });

  test('depend on the nominal time, never on when the run started', () => {
    const inTime = dataWindow({ ...rules, lookback: { minutes: 5 } }, tick);
    const hourLate = dataWindow(
      { ...rules, lookback: { minutes: 5 } },
      { ...tick, startedAt: '2026-11-22T15:00:00Z' },
    );
    expect(hourLate).toEqual(inTime);
  });
});

describe('a run is a backfill', () => {
  test.each([
    ['2026-11-22T13:59:59Z', false],
    ['2026-11-22T15:00:00.000Z', false],
    ['2026-11-22T15:00:00.001Z', true],
  ])('once its tick is older than the catch-up window (started at %s: %s)', (startedAt, backfill) => {
    expect(dataWindow(rules, { ...tick, startedAt }).backfill).toBe(backfill);
  });
});

describe('since', () => {
  test('sets the floor when lookback is "all"', () => {
    expect(dataWindow({ ...rules, since: '2026-01-01T00:00:00Z' }, tick).from).toBe(
      '2026-01-01T00:00:00.000Z',
    );
  });

  test.each(['cadence', { minutes: 90 }] as const)(
    'is a floor, not a start, of the others (%j)',
    (lookback) => {
      const open = dataWindow({ ...rules, lookback }, tick);
      expect(dataWindow({ ...rules, lookback, since: '2026-01-01T00:00:00Z' }, tick)).toEqual(open);
      expect(dataWindow({ ...rules, lookback, since: '2026-11-22T13:30:00Z' }, tick).from).toBe(
        '2026-11-22T13:30:00.000Z',
      );
    },
  );

  test('holds for a backfill too', () => {
    expect(dataWindow({ ...rules, since: '2026-11-22T13:30:00Z' }, late).from).toBe(
      '2026-11-22T13:30:00.000Z',
    );
  });
});

test('windows of consecutive ticks meet: no moment is in two of them, none is missed', () => {
  const moment = fc.date({ min: new Date('2020-01-01'), max: new Date('2030-01-01'), noInvalidDate: true });
  fc.assert(
    fc.property(
      fc.uniqueArray(moment, { minLength: 3, maxLength: 3, selector: Number }),
      fc.boolean(),
      (dates, backfill) => {
        const [first, second, third] = dates
          .toSorted((a, b) => Number(a) - Number(b))
          .map((date) => date.toISOString());
        const startedAt = backfill ? '2031-01-01T00:00:00Z' : third!;
        const cadence: WindowRules = {
          ...rules,
          lookback: backfill ? 'all' : 'cadence',
          catchupMinutes: backfill ? 60 : 1e9,
        };
        const earlier = dataWindow(cadence, {
          ...tick,
          nominal: second!,
          previous: first!,
          startedAt,
        });
        const later = dataWindow(cadence, { ...tick, nominal: third!, previous: second!, startedAt });
        expect(earlier.backfill).toBe(backfill);
        expect(later.from).toBe(earlier.to);
      },
    ),
  );
});
