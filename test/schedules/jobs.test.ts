import { describe, expect, test } from 'vitest';

import type { Job } from '../../src/schedules/job-schedule.ts';
import { jobsOf } from '../../src/schedules/jobs.ts';
import { loadToml } from '../settings/settings-folder.ts';

const sharepoint = `
sharepoint_site_url = "https://contoso.sharepoint.com/sites/Sales"
sharepoint_folder = "/Shared Documents/Reports"
client_id = "00000000-0000-0000-0000-000000000001"
client_secret = "not-to-be-seen"
tenant_id = "00000000-0000-0000-0000-000000000002"
`;

describe('the sync job', () => {
  test('runs every 60 minutes when nothing else is said', () => {
    const { spec } = syncJob('').schedule;
    expect(spec.intervals).toEqual([{ every: 3_600_000, offset: 0 }]);
    expect(spec.calendars).toEqual([]);
    expect(syncJob('').cadence).toBe('every hour');
  });

  test('runs at the interval alone when only that is set', () => {
    const { schedule, cadence } = syncJob('interval_minutes = 15');
    expect(schedule.spec.intervals).toEqual([{ every: 900_000, offset: 0 }]);
    expect(schedule.spec.calendars).toEqual([]);
    expect(cadence).toBe('every 15 minutes');
  });

  test('runs at the daily times alone, in their zone, when only those are set', () => {
    const { schedule, cadence } = syncJob(
      'quad_daily_times = ["09:05", "18:00"]\ntimezone = "Europe/Berlin"',
    );
    expect(schedule.spec.intervals).toEqual([]);
    expect(schedule.spec.calendars).toMatchObject([
      { hour: [{ start: 9, end: 9 }], minute: [{ start: 5, end: 5 }] },
      { hour: [{ start: 18, end: 18 }], minute: [{ start: 0, end: 0 }] },
    ]);
    expect(schedule.spec.timezone).toBe('Europe/Berlin');
    expect(cadence).toBe('at 09:05, 18:00 Europe/Berlin');
  });

  test('runs at both when both are set', () => {
    const { schedule, cadence } = syncJob(
      'interval_minutes = 30\nquad_daily_times = ["09:05"]\ntimezone = "Asia/Kathmandu"',
    );
    expect(schedule.spec.intervals).toEqual([{ every: 1_800_000, offset: 0 }]);
    expect(schedule.spec.calendars).toMatchObject([{ comment: '09:05' }]);
    expect(cadence).toBe('every 30 minutes and at 09:05 Asia/Kathmandu');
  });

  test.each([
    ['', 'SKIP'],
    ['overlap_policy = "skip"', 'SKIP'],
    ['overlap_policy = "queue"', 'BUFFER_ONE'],
    ['allow_overlap = true', 'ALLOW_ALL'],
    ['allow_overlap = true\noverlap_policy = "queue"', 'ALLOW_ALL'],
  ])('meets a run that is under way as the settings say (%j: %s)', (toml, overlap) => {
    expect(syncJob(toml).schedule.policies.overlap).toBe(overlap);
  });

  test('is spread by the jitter, and by none when there is none', () => {
    expect(syncJob('jitter_seconds = 45').schedule.spec.jitter).toBe(45_000);
    expect(syncJob('jitter_seconds = 0').schedule.spec).not.toHaveProperty('jitter');
  });

  test('catches up as far back, and runs as long, as the settings allow, and is not held up for long by a worker that dies', () => {
    const { schedule } = syncJob('', '[sync]\ncatchup_minutes = 90\nrun_timeout_minutes = 30');
    expect(schedule.policies.catchupWindow).toBe(90 * 60_000);
    expect(schedule.action).toMatchObject({
      workflowRunTimeout: 30 * 60_000,
      workflowTaskTimeout: '5 seconds',
    });
  });

  test('starts the workflow on the queue of the settings, with the retries of the settings', () => {
    const { schedule } = syncJob(
      'max_retries = 5\nretry_delay_seconds = 10',
      '[sync]\nlist_max_retries = 2\n[temporal]\ntask_queue = "nights"',
    );
    expect(schedule.action).toMatchObject({
      type: 'startWorkflow',
      workflowType: 'SyncAndIngestWorkflow',
      workflowId: 'sync',
      taskQueue: 'nights',
      args: [
        {
          job: 'sync',
          source: { kind: 'sharepoint' },
          retries: { maxRetries: 5, retryDelaySeconds: 10, listMaxRetries: 2 },
          cadences: [{ kind: 'interval', seconds: 3600, offsetSeconds: 0 }],
        },
        { origin: 'settings', definition: { id: 'sync', kind: 'sync' } },
      ],
    });
  });

  test('tells Temporal no secret', () => {
    expect(JSON.stringify(syncJob('').schedule)).not.toContain('not-to-be-seen');
  });
});

describe('the jobs of the settings', () => {
  test('are the sync and the hourly report', () => {
    expect(jobs('').map(({ id }) => id)).toEqual(['sync', 'hourly-report']);
  });

  test('pause the report when it is switched off', () => {
    const states = jobs('', '[reports]\nhourly = false').map(({ id, enabled }) => [id, enabled]);

    expect(states).toEqual([
      ['sync', true],
      ['hourly-report', false],
    ]);
  });

  test.each([true, false])('are all switched by scheduler.enabled = %s', (enabled) => {
    expect(jobs(`enabled = ${enabled}`).map((job) => job.enabled)).toEqual([enabled, enabled]);
  });

  test('can be searched by job and team', () => {
    for (const { id, schedule } of jobs('')) {
      const attributes = schedule.action.typedSearchAttributes;
      expect(attributes).toMatchObject([
        { key: { name: 'CharlieJob' }, value: id },
        { key: { name: 'CharlieTeam' }, value: 'general' },
      ]);
    }
  });
});

function jobs(scheduler: string, sections = ''): Job[] {
  return jobsOf(loadToml(`[scheduler]\n${sharepoint}${scheduler}\n${sections}`).settings);
}

function syncJob(scheduler: string, sections = ''): Job {
  return jobs(scheduler, sections)[0]!;
}
