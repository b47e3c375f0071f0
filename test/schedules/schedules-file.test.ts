import { describe, expect, test } from 'vitest';

import { loadSchedules } from '../../src/schedules/schedules-file.ts';
import { loadSettings, SettingsInvalid } from '../../src/settings/load-settings.ts';
import type { Problem } from '../../src/settings/problem.ts';
import { folderWith } from '../settings/settings-folder.ts';

const settingsToml = `[scheduler]
timezone = "Europe/Berlin"
[datasets.sales]
patterns = ["sales*.csv"]
[datasets.sales.columns]
id = "integer"
`;

function load(
  files: Readonly<Record<string, string>>,
  options: { readonly env?: Readonly<Record<string, string>>; readonly schedulesFile?: string } = {},
) {
  const cwd = folderWith({ 'settings.toml': settingsToml, ...files });
  const { env = {}, ...given } = options;
  return loadSchedules({ cwd, env, ...given }, loadSettings({ cwd, env }).settings);
}

function loadToml(toml: string) {
  return load({ 'temporal-config/schedules.toml': toml }).definitions;
}

function problems(toml: string): readonly Problem[] {
  try {
    loadToml(toml);
  } catch (error) {
    if (error instanceof SettingsInvalid) return error.problems;
    throw error;
  }
  return [];
}

describe('schedules.toml', () => {
  test('declares jobs by their times, in the zone of the settings unless it says otherwise', () => {
    const jobs = loadToml(`
      [jobs.hourly-report]
      every = "1h"
      offset = "10m"
      [jobs.mornings]
      kind = "sync"
      at = ["09:05", "12:05"]
      cron = "0 6 * * SUN"
      [jobs.tokyo]
      kind = "sync"
      cron = ["0 6 * * MON-FRI", "@every 90m"]
      timezone = "asia/tokyo"
      overlap = "queue"
      enabled = false
      jitter_seconds = 30
      catchup_minutes = 5
      run_timeout_minutes = 15
      pause_after_failures = 3
      success_within_minutes = 1440
    `);
    expect(jobs).toMatchObject([
      {
        id: 'hourly-report',
        kind: 'hourly-report',
        cadences: [{ kind: 'interval', seconds: 3600, offsetSeconds: 600 }],
        overlap: 'skip',
        catchupMinutes: 60,
      },
      {
        id: 'mornings',
        kind: 'sync',
        enabled: true,
        runTimeoutMinutes: 120,
        cadences: [
          { kind: 'daily', times: ['09:05', '12:05'], timezone: 'Europe/Berlin' },
          { kind: 'cron', expressions: ['0 6 * * SUN'], timezone: 'Europe/Berlin' },
        ],
      },
      {
        id: 'tokyo',
        enabled: false,
        cadences: [{ kind: 'cron', timezone: 'Asia/Tokyo' }],
        overlap: 'queue',
        jitterSeconds: 30,
        catchupMinutes: 5,
        runTimeoutMinutes: 15,
        pauseAfterFailures: 3,
        successWithinMinutes: 1440,
      },
    ]);
  });

  test('takes the times and the kind of a preset', () => {
    expect(
      loadToml('[jobs.four]\npreset = "quad_daily"\n[jobs.report]\nkind = "hourly-report"\npreset = "daily"'),
    ).toMatchObject([
      {
        kind: 'sync',
        cadences: [{ kind: 'daily', times: ['09:05', '12:05', '15:05', '18:05'], timezone: 'Europe/Berlin' }],
      },
      { kind: 'hourly-report', cadences: [{ kind: 'daily', times: ['06:00'] }] },
    ]);
  });

  test('takes the kind from kind, else from the id, else from the preset', () => {
    const kinds = loadToml(`
      [jobs.hourly-report]
      preset = "hourly"
      [jobs.generate]
      kind = "sync"
      preset = "monthly_archive"
      [jobs.other]
      preset = "monthly_archive"
    `).map(({ kind }) => kind);

    expect(kinds).toEqual(['hourly-report', 'sync', 'archive']);
  });

  test.each([
    ['2026-12-24T06:00:00Z', '2026-12-24T06:00:00.000Z'],
    ['2026-12-24T06:00:00', '2026-12-24T05:00:00.000Z'],
    ['"2026-12-24 06:00"', '2026-12-24T05:00:00.000Z'],
    ['2027-03-28T02:30:00', '2027-03-28T01:00:00.000Z'],
    ['2026-10-25T02:30:00', '2026-10-25T00:30:00.000Z'],
  ])('takes once = %s as %s', (written, at) => {
    expect(loadToml(`[jobs.one]\nkind = "sync"\nonce = ${written}`)[0]?.cadences).toEqual([
      { kind: 'once', at },
    ]);
  });

  test('is found beside the settings, by its variable, or by the command line, and need not be there', () => {
    const toml = '[jobs.one]\nkind = "sync"\nevery = "1h"';
    expect(load({}).path).toBeNull();
    expect(load({ 'temporal-config/schedules.toml': toml }).definitions).toHaveLength(1);
    const env = { CHARLIE_SCHEDULES: 'other.toml' };
    expect(load({ 'other.toml': toml }, { env }).path).toMatch(/other\.toml$/);
    expect(load({ 'third.toml': toml }, { env, schedulesFile: 'third.toml' }).path).toMatch(/third\.toml$/);
    expect(() => load({}, { env })).toThrow('CHARLIE_SCHEDULES\n    does not exist');
  });

  test.each([
    ['[jobs.one]\nkind = "Syn"\nevery = "1h"', 2, 'jobs.one.kind', 'is "Syn"', '"sync"'],
    ['[jobs.one]\nevery = "1h"', 1, 'jobs.one.kind', 'is missing', null],
    ['[jobs.one]\nkind = "sync"', 1, 'jobs.one', 'says no time', null],
    [
      '[jobs.one]\nkind = "sync"\nevry = "1h"\nat = ["06:00"]',
      3,
      'jobs.one.evry',
      'is not a known key',
      'every',
    ],
    ['[jobs.one]\nkind = "sync"\nevery = "soon"', 3, 'jobs.one.every', 'is "soon"', null],
    [
      '[jobs.one]\nkind = "sync"\nat = ["06:00"]\noffset = "1m"',
      4,
      'jobs.one.offset',
      'stands without every',
      null,
    ],
    [
      '[jobs.one]\nkind = "sync"\ncron = "0 25 * * *"',
      3,
      'jobs.one.cron',
      'the hour "25" is not 0 to 23',
      null,
    ],
    ['[jobs.one]\nkind = "sync"\ncron = "0 0 31 2 *"', 3, 'jobs.one.cron', 'is never due', null],
    [
      '[jobs.one]\nkind = "sync"\nat = ["06:00"]\ntimezone = "Berlin"',
      4,
      'jobs.one.timezone',
      'not a known zone',
      '"Europe/Berlin"',
    ],
    [
      '[jobs.one]\nkind = "sync"\nevery = "1h"\nonce = 2026-12-24T06:00:00Z',
      4,
      'jobs.one.once',
      'beside other times',
      null,
    ],
    [
      '[jobs.one]\nkind = "sync"\nevery = "1m"\njitter_seconds = 61',
      4,
      'jobs.one.jitter_seconds',
      'more than the interval',
      null,
    ],
    [
      '[jobs.one]\nkind = "sync"\nevery = "1h"\ndrop_gone = true',
      4,
      'jobs.one.drop_gone',
      'stands without force_recreate',
      null,
    ],
    [
      '[jobs.one]\nkind = "hourly-report"\nevery = "1h"\ndry_run = true',
      4,
      'jobs.one.dry_run',
      'is for jobs of the kind sync',
      null,
    ],
    ['[jobs.one]\nkind = "sync"\nafter = "one"', 3, 'jobs.one.after', 'is the job itself', null],
    [
      '[jobs.one]\nkind = "sync"\nevery = "1h"\nonly_if_rows = true',
      4,
      'jobs.one.only_if_rows',
      'stands without after',
      null,
    ],
    [
      '[jobs.one]\nkind = "sync"\nafter = "sync"\nwait_minutes = 5',
      4,
      'jobs.one.wait_minutes',
      'stands without wait_for',
      null,
    ],
    [
      '[jobs.one]\nkind = "sync"\nafter = "sync"\nwait_for = ["sale"]',
      4,
      'jobs.one.wait_for',
      'which is no dataset that is loaded; did you mean "sales"?',
      null,
    ],
    [
      '[jobs.one]\nkind = "sync"\nafter = "sync"\nwait_for = ["sales"]\nwait_minutes = 120',
      5,
      'jobs.one.wait_minutes',
      'is 120, and a run of 120 minutes may wait 108',
      null,
    ],
    ['[jobs.sync]\nevery = "1h"', 1, 'jobs.sync', 'is made by [scheduler]', null],
    ['[jobs.watch]\nkind = "sync"\nevery = "1h"', 1, 'jobs.watch.id', 'stand for other runs', null],
    ['[job.one]\nkind = "sync"', 1, 'job', 'is not a known section', 'jobs'],
    ['[jobs.one', 1, null, 'is not valid TOML', null],
  ])('%j: line %i, %s %s', (toml, line, key, message, suggestion) => {
    expect(problems(toml)).toEqual([
      expect.objectContaining({
        file: 'temporal-config/schedules.toml',
        line,
        key,
        message: expect.stringContaining(message) as string,
        suggestion,
      }),
    ]);
  });

  test('chains a job after another one, with times of its own or without, and has it wait for data', () => {
    const jobs = loadToml(`
      [jobs.hourly-report]
      after = "sync"
      [jobs.second]
      kind = "sync"
      at = ["07:00"]
      after = "hourly-report"
      only_if_rows = false
      wait_for = ["sales"]
      wait_minutes = 5
    `);

    expect(jobs).toMatchObject([
      { id: 'hourly-report', cadences: [], chain: { after: 'sync', onlyIfRows: false } },
      { cadences: [{}], chain: { after: 'hourly-report' }, waitFor: { datasets: ['sales'], minutes: 5 } },
    ]);
    expect(jobs[0]).not.toHaveProperty('waitFor');
  });

  test('stays right when the last year of a cron expression is over, and refuses what no year has', () => {
    const over = loadToml('[jobs.one]\nkind = "sync"\ncron = "0 6 24 12 * 2020"');
    expect(over.map(({ id }) => id)).toEqual(['one']);
    expect(() => loadToml('[jobs.one]\nkind = "sync"\ncron = "0 6 30 2 *"')).toThrow(
      'is never due within ten years',
    );
  });

  test('may declare what nothing builds yet: that one job is refused when it is applied', () => {
    expect(loadToml('[jobs.archive]\ncron = "0 2 1 * *"').map(({ kind }) => kind)).toEqual(['archive']);
  });
});
