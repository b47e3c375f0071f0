import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { hourlyReportName, localHourEnd, localHourStart } from '../../src/reports/report-name.ts';

// Berlin and New York move by an hour, Lord Howe by half an hour; Kolkata never, but is half an hour off.
const zones = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata'];
const hour = 3_600_000;

function nameAt(instant: string, zone: string): string {
  return hourlyReportName(localHourStart(new Date(instant), zone), zone);
}

describe('the name of an hourly report', () => {
  it('is the local start of the hour', () => {
    expect(nameAt('2026-11-20T13:59:59.999Z', 'Europe/Berlin')).toBe('hourly_20261120_1400.xlsx');
    expect(nameAt('2026-12-31T23:00:00Z', 'Europe/Berlin')).toBe('hourly_20270101_0000.xlsx');
  });

  it('carries the offset in both occurrences of the hour that comes twice, and in no other', () => {
    const berlin = [
      '2026-10-24T23:30:00Z',
      '2026-10-25T00:30:00Z',
      '2026-10-25T01:30:00Z',
      '2026-10-25T02:30:00Z',
    ];
    expect(berlin.map((instant) => nameAt(instant, 'Europe/Berlin'))).toEqual([
      'hourly_20261025_0100.xlsx',
      'hourly_20261025_0200+0200.xlsx',
      'hourly_20261025_0200+0100.xlsx',
      'hourly_20261025_0300.xlsx',
    ]);
    expect(nameAt('2026-11-01T05:00:00Z', 'America/New_York')).toBe('hourly_20261101_0100-0400.xlsx');
    expect(nameAt('2026-11-01T06:00:00Z', 'America/New_York')).toBe('hourly_20261101_0100-0500.xlsx');
  });

  it.each(zones)('is used once in two years in %s', (zone) => {
    const names = hoursOfTwoYears(zone).map((start) => hourlyReportName(start, zone));
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^hourly_\d{8}_\d{4}([+-]\d{4})?\.xlsx$/);
  });
});

describe('the start of the local hour', () => {
  it('follows zones that are half or three quarters of an hour off', () => {
    const instant = new Date('2026-11-20T13:20:00Z');
    expect(localHourStart(instant, 'Asia/Kolkata').toISOString()).toBe('2026-11-20T12:30:00.000Z');
    expect(localHourStart(instant, 'Asia/Kathmandu').toISOString()).toBe('2026-11-20T13:15:00.000Z');
    expect(localHourStart(instant, 'America/St_Johns').toISOString()).toBe('2026-11-20T12:30:00.000Z');
  });

  it('is the change of clocks itself where that falls into the middle of an hour', () => {
    // 02:00 became 01:30 on 5 April 2026 at 15:00 UTC of the day before.
    const repeated = localHourStart(new Date('2026-04-04T15:20:00Z'), 'Australia/Lord_Howe');
    expect(repeated.toISOString()).toBe('2026-04-04T15:00:00.000Z');
    expect(hourlyReportName(repeated, 'Australia/Lord_Howe')).toBe('hourly_20260405_0130+1030.xlsx');
    expect(localHourEnd(repeated, 'Australia/Lord_Howe').toISOString()).toBe('2026-04-04T15:30:00.000Z');
  });

  it('is the same for every instant of an hour, and hours meet without gap or overlap', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...zones, 'Africa/Casablanca', 'Antarctica/Troll'),
        fc.date({ min: new Date('2020-01-01'), max: new Date('2037-01-01'), noInvalidDate: true }),
        (zone, instant) => {
          const start = localHourStart(instant, zone);
          const end = localHourEnd(start, zone);
          expect(start.getTime()).toBeLessThanOrEqual(instant.getTime());
          expect(instant.getTime()).toBeLessThan(end.getTime());
          expect(end.getTime() - start.getTime()).toBeLessThanOrEqual(hour);
          expect(localHourStart(start, zone)).toEqual(start);
          expect(localHourStart(end, zone)).toEqual(end);
          expect(localHourStart(new Date(end.getTime() - 1), zone)).toEqual(start);
        },
      ),
    );
  });

  it('refuses a zone that does not exist', () => {
    expect(() => localHourStart(new Date(0), 'Europe/Atlantis')).toThrow(/Europe\/Atlantis/);
  });
});

function hoursOfTwoYears(zone: string): Date[] {
  const starts: Date[] = [];
  const last = Date.parse('2028-01-01T00:00:00Z');
  for (let start = localHourStart(new Date('2026-01-01T00:00:00Z'), zone); start.getTime() < last; ) {
    starts.push(start);
    start = localHourEnd(start, zone);
  }
  return starts;
}
