import type { ScheduleOptions, ScheduleOptionsAction } from '@temporalio/client';
import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';

import type { BuildReportWorkflow } from '../../workflows/build-report.ts';
import type { GenerateAndSyncWorkflow } from '../../workflows/generate-and-sync.ts';
import type { SyncAndIngestWorkflow } from '../../workflows/sync-and-ingest.ts';
import type { FollowUp, GenerateInput } from '../domain/generation.ts';
import { searchAttributes } from '../domain/search-attributes.ts';
import type { RetryRules } from '../domain/sync-run.ts';
import type { GenerateSettings, Settings } from '../settings/settings.ts';

/** A scheduled unit of work, which is exactly one Temporal Schedule with the same id. */
export interface Job {
  readonly id: string;
  readonly enabled: boolean;
  readonly schedule: Pick<ScheduleOptions, 'spec' | 'policies'> & { readonly action: ScheduleOptionsAction };
  /** For people: `every 60 minutes`, `09:05, 12:05 Europe/Berlin`. */
  readonly cadence: string;
}

/**
 * A worker that dies in the middle of a run's own step, milliseconds long, holds the run up for so long; the server's default is
 * ten seconds. A run of 4,000 events is replayed in some tenths of a second.
 */
export const workflowTaskTimeout = '5 seconds';

export const syncJobId = 'sync';
export const hourlyReportJobId = 'hourly-report';
/** Has no schedule: its runs begin when files are dropped. */
export const watchJobId = 'watch';

/** Exists only while the settings give it an interval. */
export const generateJobId = 'generate';

/** The jobs that the settings declare. */
export function jobsOf(settings: Settings): Job[] {
  const { intervalMinutes } = settings.generate;
  return [
    syncJob(settings),
    hourlyReportJob(settings),
    ...(intervalMinutes === null ? [] : [generateJob(settings, intervalMinutes)]),
  ];
}

/** What a run of the generate job asks for, by these settings. */
export function generateInput(
  settings: Settings,
  generate: GenerateSettings = settings.generate,
): GenerateInput {
  const { endpoints, files, rows, timeoutSeconds } = generate;
  const { maxRetries, retryDelaySeconds } = settings.scheduler;
  return {
    job: generateJobId,
    endpoints,
    files,
    rows,
    timeoutSeconds,
    retries: { maxRetries, retryDelaySeconds },
    then: followUp(settings, generate.then),
  };
}

/** For the requests with all of their retries, and for the sync that follows. */
export function generateTimeoutMinutes({ scheduler, sync, generate }: Settings): number {
  const pauses = scheduler.retryDelaySeconds * 2 ** scheduler.maxRetries;
  const requests = generate.timeoutSeconds * (scheduler.maxRetries + 1);
  return sync.runTimeoutMinutes + Math.ceil((2 * (pauses + requests)) / 60);
}

export function retryRules(settings: Settings): RetryRules {
  return {
    maxRetries: settings.scheduler.maxRetries,
    retryDelaySeconds: settings.scheduler.retryDelaySeconds,
    listMaxRetries: settings.sync.listMaxRetries,
  };
}

function syncJob(settings: Settings): Job {
  const { scheduler, sync } = settings;
  const input: Parameters<typeof SyncAndIngestWorkflow>[0] = {
    job: syncJobId,
    source: { kind: 'sharepoint' },
    retries: retryRules(settings),
  };
  return {
    id: syncJobId,
    enabled: scheduler.enabled,
    cadence: cadenceText(settings),
    schedule: {
      spec: {
        timezone: scheduler.timezone,
        ...(scheduler.intervalMinutes === null
          ? {}
          : { intervals: [{ every: `${scheduler.intervalMinutes} minutes` }] }),
        calendars: scheduler.quadDailyTimes.map((time) => {
          const [hour = 0, minute = 0] = time.split(':').map(Number);
          return { hour, minute, comment: time };
        }),
        ...(scheduler.jitterSeconds > 0 ? { jitter: `${scheduler.jitterSeconds} seconds` } : {}),
      },
      policies: {
        overlap: scheduler.allowOverlap
          ? 'ALLOW_ALL'
          : scheduler.overlapPolicy === 'queue'
            ? 'BUFFER_ONE'
            : 'SKIP',
        catchupWindow: `${sync.catchupMinutes} minutes`,
      },
      action: {
        type: 'startWorkflow',
        workflowType: 'SyncAndIngestWorkflow',
        workflowId: syncJobId,
        args: [input],
        taskQueue: settings.temporal.taskQueue,
        // A run that hangs must end, or every later tick would be skipped because of it.
        workflowRunTimeout: `${sync.runTimeoutMinutes} minutes`,
        workflowTaskTimeout,
        typedSearchAttributes: jobAttributes(syncJobId),
        staticSummary: 'New SharePoint files into Postgres',
      },
    },
  };
}

/** Ten minutes past the hour: after the sync of the full hour has brought the hour's last files. */
function hourlyReportJob(settings: Settings): Job {
  const input: Parameters<typeof BuildReportWorkflow>[0] = { job: hourlyReportJobId };
  return {
    id: hourlyReportJobId,
    enabled: settings.scheduler.enabled && settings.reports.hourly,
    cadence: 'every hour at ten past',
    schedule: {
      spec: { intervals: [{ every: '1 hour', offset: '10 minutes' }] },
      policies: { overlap: 'SKIP', catchupWindow: '1 hour' },
      action: {
        type: 'startWorkflow',
        workflowType: 'BuildReportWorkflow',
        workflowId: hourlyReportJobId,
        args: [input],
        taskQueue: settings.temporal.taskQueue,
        workflowRunTimeout: '1 hour',
        workflowTaskTimeout,
        typedSearchAttributes: jobAttributes(hourlyReportJobId),
        staticSummary: 'Workbooks of the hours that are over',
      },
    },
  };
}

function generateJob(settings: Settings, intervalMinutes: number): Job {
  const input: Parameters<typeof GenerateAndSyncWorkflow>[0] = generateInput(settings);
  return {
    id: generateJobId,
    enabled: settings.scheduler.enabled,
    cadence: `every ${intervalMinutes} minutes`,
    schedule: {
      spec: { intervals: [{ every: `${intervalMinutes} minutes` }] },
      // What was not generated in time is no loss.
      policies: { overlap: 'SKIP', catchupWindow: '1 minute' },
      action: {
        type: 'startWorkflow',
        workflowType: 'GenerateAndSyncWorkflow',
        workflowId: generateJobId,
        args: [input],
        taskQueue: settings.temporal.taskQueue,
        workflowRunTimeout: `${generateTimeoutMinutes(settings)} minutes`,
        workflowTaskTimeout,
        typedSearchAttributes: jobAttributes(generateJobId),
        staticSummary: 'Simulators make files, which are then loaded',
      },
    },
  };
}

function followUp(settings: Settings, then: GenerateSettings['then']): FollowUp {
  if (then !== 'sync') return { kind: then };
  return {
    kind: 'sync',
    input: { job: syncJobId, source: { kind: 'sharepoint' }, retries: retryRules(settings) },
    timeoutMinutes: settings.sync.runTimeoutMinutes,
  };
}

function jobAttributes(job: string): SearchAttributePair[] {
  return [
    { key: defineSearchAttributeKey('CharlieJob', searchAttributes.CharlieJob), value: job },
    { key: defineSearchAttributeKey('CharlieTeam', searchAttributes.CharlieTeam), value: 'general' },
  ];
}

function cadenceText({ scheduler }: Settings): string {
  const parts: string[] = [];
  if (scheduler.intervalMinutes !== null) parts.push(`every ${scheduler.intervalMinutes} minutes`);
  if (scheduler.quadDailyTimes.length > 0)
    parts.push(`at ${scheduler.quadDailyTimes.join(', ')} ${scheduler.timezone}`);
  return parts.join(' and ');
}
