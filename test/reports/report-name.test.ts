import { describe, expect, it } from 'vitest';

import { hourlyReportName } from '../../src/reports/report-name.ts';
import { wallTime } from '../../src/zones/zone-time.ts';

// Berlin and New York move by an hour, Lord Howe by half an hour; Kolkata never, but is half an hour off.
const zones = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata'];
const quarterMs = 900_000;

function nameAt(start: string, zone: string): string {
  return hourlyReportName(new Date(start), zone);
}

describe('the name of an hourly report', () => {
  it('is the local start of the hour', () => {
    expect(nameAt('2026-11-20T13:00:00Z', 'Europe/Berlin')).toBe('hourly_20261120_1400.xlsx');
    expect(nameAt('2026-12-31T23:00:00Z', 'Europe/Berlin')).toBe('hourly_20270101_0000.xlsx');
    expect(nameAt('2026-11-20T12:30:00Z', 'Asia/Kolkata')).toBe('hourly_20261120_1800.xlsx');
    expect(nameAt('2026-11-20T13:15:00Z', 'Asia/Kathmandu')).toBe('hourly_20261120_1900.xlsx');
  });

  it('carries the offset in both occurrences of the hour that comes twice, and in no other', () => {
    const berlin = [
      '2026-10-24T23:00:00Z',
      '2026-10-25T00:00:00Z',
      '2026-10-25T01:00:00Z',
      '2026-10-25T02:00:00Z',
    ];
    expect(berlin.map((start) => nameAt(start, 'Europe/Berlin'))).toEqual([
      'hourly_20261025_0100.xlsx',
      'hourly_20261025_0200+0200.xlsx',
      'hourly_20261025_0200+0100.xlsx',
      'hourly_20261025_0300.xlsx',
    ]);
    expect(nameAt('2026-11-01T05:00:00Z', 'America/New_York')).toBe('hourly_20261101_0100-0400.xlsx');
    expect(nameAt('2026-11-01T06:00:00Z', 'America/New_York')).toBe('hourly_20261101_0100-0500.xlsx');
    // 02:00 became 01:30 on 5 April 2026 at 15:00 UTC of the day before.
    expect(nameAt('2026-04-04T15:00:00Z', 'Australia/Lord_Howe')).toBe('hourly_20260405_0130+1030.xlsx');
  });

  it.each(zones)('is used once in two years in %s', (zone) => {
    const names = hoursOfTwoYears(zone).map((start) => hourlyReportName(start, zone));
    // Half an hour goes and comes with each change of Lord Howe's clocks.
    expect(names.length).toBeGreaterThan(2 * 365 * 24 - 4);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^hourly_\d{8}_\d{4}([+-]\d{4})?\.xlsx$/);
  });

  it('refuses a zone that does not exist', () => {
    expect(() => hourlyReportName(new Date(0), 'Europe/Atlantis')).toThrow(/Europe\/Atlantis/);
  });
});

/** Whenever the minute hand is at the top. */
function hoursOfTwoYears(zone: string): Date[] {
  const starts: Date[] = [];
  for (let at = Date.parse('2026-01-01T00:00:00Z'); at < Date.parse('2028-01-01T00:00:00Z'); at += quarterMs)
    if (wallTime(zone, at) % (4 * quarterMs) === 0) starts.push(new Date(at));
  return starts;
}
