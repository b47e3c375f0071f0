import { expect, test } from 'vitest';

import { meetings } from '../../src/schedules/overlapping-fires.ts';
import { previewFires, withOverlaps } from '../../src/schedules/preview-job.ts';

/** In minutes. */
function met(
  ticks: readonly number[],
  overlap: 'skip' | 'queue' | 'allow',
  takes: number,
  busyUntil = 0,
): unknown {
  return meetings(ticks, { overlap, usualMs: takes, busyUntil });
}

test('ticks meet a run only when runs take longer than the time to the next one', () => {
  expect(met([0, 60, 120], 'skip', 60)).toEqual([null, null, null]);
  expect(met([0, 60, 120, 180], 'skip', 61)).toEqual([null, 'skipped', null, 'skipped']);
  expect(met([10, 60], 'skip', 30, 15)).toEqual(['skipped', null]);
});

test('with the policy queue one tick waits, and its run is in the way of the next ones', () => {
  expect(met([0, 60, 120, 180, 240], 'queue', 90)).toEqual([null, 'queued', 'queued', 'queued', 'skipped']);
  expect(met([0, 20, 40, 100], 'queue', 50)).toEqual([null, 'queued', 'skipped', null]);
});

test('with the policy allow a tick runs beside the ones before', () => {
  expect(met([0, 60, 120, 400], 'allow', 90)).toEqual([null, 'beside', 'beside', null]);
});

test('a run for a time that comes twice is in nobody’s way', () => {
  const cadences = [{ kind: 'daily' as const, times: ['02:30', '03:00'], timezone: 'Europe/Berlin' }];
  const fires = previewFires(cadences, { from: new Date('2026-10-25T00:00:00Z'), count: 3 });
  const usual = { overlap: 'skip' as const, usualMs: 45 * 60_000, busyUntil: 0 };

  expect(withOverlaps(fires, usual).map(({ mark, overlap }) => [mark, overlap])).toEqual([
    [null, null],
    ['repeated', null],
    [null, null],
  ]);
});
