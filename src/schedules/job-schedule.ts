import type { ScheduleOptions, ScheduleOptionsAction } from '@temporalio/client';
import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';

import type { BuildReportWorkflow } from '../../workflows/build-report.ts';
import type { GenerateAndSyncWorkflow } from '../../workflows/generate-and-sync.ts';
import type { SyncAndIngestWorkflow } from '../../workflows/sync-and-ingest.ts';
import type { FollowUp, GenerateInput } from '../domain/generation.ts';
import {
  type Declaration,
  isPlain,
  type JobDefinition,
  type JobOrigin,
  type Overlap,
} from '../domain/job.ts';
import { searchAttributes } from '../domain/search-attributes.ts';
import type { RetryRules, SyncInput } from '../domain/sync-run.ts';
import type { GenerateSettings, Settings } from '../settings/settings.ts';
import { cadenceText, startsText } from './cadence-text.ts';
import { JobRefused, jobProblems } from './check-job.ts';
import { scheduleSpec } from './schedule-spec.ts';

/** A job and what Temporal has to know of it. */
export interface Job extends Declaration {
  readonly id: string;
  /** Also by the settings, which may switch off all jobs. */
  readonly enabled: boolean;
  readonly schedule: Required<Pick<ScheduleOptions, 'spec' | 'policies'>> & {
    readonly action: ScheduleOptionsAction;
    /** The job that it is chained after, which looks for it by this. */
    readonly after: string | null;
  };
  /** For people: `every hour`, `at 09:05, 12:05 Europe/Berlin`, `after sync`. */
  readonly cadence: string;
}

/**
 * A worker that dies in the middle of a run's own step, milliseconds long, holds the run up for so long; the server's default is
 * ten seconds. A run of 4,000 events is replayed in some tenths of a second.
 */
export const workflowTaskTimeout = '5 seconds';

/** The workflows that jobs start; a schedule of another workflow is none of ours. */
export const jobWorkflows = ['SyncAndIngestWorkflow', 'BuildReportWorkflow', 'GenerateAndSyncWorkflow'];

export const overlapPolicies = {
  skip: 'SKIP',
  queue: 'BUFFER_ONE',
  allow: 'ALLOW_ALL',
} as const satisfies Record<Overlap, string>;

/** Throws JobRefused. */
export function jobSchedule(definition: JobDefinition, origin: JobOrigin, settings: Settings): Job {
  const problems = jobProblems(definition, settings);
  if (problems.length > 0) throw new JobRefused(definition.id, problems);
  const { id, cadences } = definition;
  return {
    id,
    definition,
    origin,
    enabled: isEnabled(definition, origin, settings),
    cadence: startsText(cadenceText(cadences), definition),
    schedule: {
      ...timing(definition),
      action: {
        type: 'startWorkflow',
        ...workOf(definition, settings, { definition, origin }),
        workflowId: id,
        taskQueue: settings.temporal.taskQueue,
        // A run that hangs must end, or every later tick would be skipped because of it.
        workflowRunTimeout: definition.runTimeoutMinutes * 60_000,
        workflowTaskTimeout,
        typedSearchAttributes: jobAttributes(id),
      },
      after: definition.chain?.after ?? null,
    },
  };
}

/** What follows from the definition alone. */
export function timing(definition: JobDefinition): Required<Pick<ScheduleOptions, 'spec' | 'policies'>> {
  const { cadences, jitterSeconds, overlap, catchupMinutes, pauseAfterFailures } = definition;
  return {
    spec: scheduleSpec(cadences, jitterSeconds, new Date()),
    policies: {
      overlap: overlapPolicies[overlap],
      catchupWindow: catchupMinutes * 60_000,
      // More than one are counted by whoever watches the schedules.
      pauseOnFailure: pauseAfterFailures === 1,
    },
  };
}

export function retryRules(settings: Settings): RetryRules {
  return {
    maxRetries: settings.scheduler.maxRetries,
    retryDelaySeconds: settings.scheduler.retryDelaySeconds,
    listMaxRetries: settings.sync.listMaxRetries,
  };
}

/** What a run of a generate job asks for, by these settings. */
export function generateInput(
  settings: Settings,
  generate: GenerateSettings = settings.generate,
  job = 'generate',
): GenerateInput {
  const { endpoints, files, rows, timeoutSeconds } = generate;
  const { maxRetries, retryDelaySeconds } = settings.scheduler;
  return {
    job,
    endpoints,
    files,
    rows,
    timeoutSeconds,
    retries: { maxRetries, retryDelaySeconds },
    then: followUp(settings, generate.then),
  };
}

type Work = Pick<ScheduleOptionsAction, 'workflowType' | 'args' | 'staticSummary'>;

function workOf(definition: JobDefinition, settings: Settings, declaration: Declaration): Work {
  const { id, kind, cadences, catchupMinutes, waitFor } = definition;
  const timing = { cadences, ...(waitFor !== undefined && { waitFor }) };
  const config = isPlain(definition.config) ? {} : { config: definition.config };
  if (kind === 'sync') {
    const input: Parameters<typeof SyncAndIngestWorkflow>[0] = {
      job: id,
      source: { kind: 'sharepoint' },
      retries: retryRules(settings),
      ...timing,
      ...(catchupMinutes !== settings.sync.catchupMinutes && { catchupMinutes }),
      ...config,
    };
    return work('SyncAndIngestWorkflow', input, declaration, 'New SharePoint files into Postgres');
  }
  if (kind === 'generate') {
    const generate = generateInput(settings, settings.generate, id);
    const { then } = generate;
    const input: Parameters<typeof GenerateAndSyncWorkflow>[0] = {
      ...generate,
      then: then.kind === 'sync' ? { ...then, input: { ...then.input, ...config } } : then,
      ...timing,
    };
    return work(
      'GenerateAndSyncWorkflow',
      input,
      declaration,
      'Simulators make files, which are then loaded',
    );
  }
  const input: Parameters<typeof BuildReportWorkflow>[0] = { job: id, ...timing };
  return work('BuildReportWorkflow', input, declaration, 'Workbooks of the hours that are over');
}

function work(workflowType: string, input: unknown, declaration: Declaration, staticSummary: string): Work {
  return { workflowType, args: [input, declaration], staticSummary };
}

function followUp(settings: Settings, then: GenerateSettings['then']): FollowUp {
  if (then !== 'sync') return { kind: then };
  const input: SyncInput = { job: 'sync', source: { kind: 'sharepoint' }, retries: retryRules(settings) };
  return { kind: 'sync', input, timeoutMinutes: settings.sync.runTimeoutMinutes };
}

/** The settings switch off what they declare themselves, or what a file beside them does. */
function isEnabled(
  { enabled, kind }: JobDefinition,
  origin: JobOrigin,
  { scheduler, reports }: Settings,
): boolean {
  if (origin === 'api') return enabled;
  return enabled && scheduler.enabled && (kind !== 'hourly-report' || reports.hourly);
}

function jobAttributes(job: string): SearchAttributePair[] {
  return [
    { key: defineSearchAttributeKey('CharlieJob', searchAttributes.CharlieJob), value: job },
    { key: defineSearchAttributeKey('CharlieTeam', searchAttributes.CharlieTeam), value: 'general' },
  ];
}
