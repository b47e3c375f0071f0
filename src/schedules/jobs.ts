import type { JobDefinition } from '../domain/job.ts';
import type { Settings } from '../settings/settings.ts';
import { JobRefused, jobProblems } from './check-job.ts';
import { newJob } from './job-defaults.ts';
import { type Job, jobSchedule } from './job-schedule.ts';
import { interval, syncCadences } from './sync-cadences.ts';

export const syncJobId = 'sync';
export const hourlyReportJobId = 'hourly-report';
/** Has no schedule: its runs begin when files are dropped. */
export const watchJobId = 'watch';

/** Exists only while the settings give it an interval. */
export const generateJobId = 'generate';

export interface CompiledJobs {
  readonly jobs: readonly Job[];
  /** The others are not held up by them. */
  readonly refused: readonly JobRefused[];
}

/** The jobs that the settings declare, and those of schedules.toml, which may declare one of the settings' anew. */
export function compileJobs(settings: Settings, fromFile: readonly JobDefinition[]): CompiledJobs {
  const own = settingsJobs(settings).filter(({ id }) => !fromFile.some((job) => job.id === id));
  const all = [
    ...own.map((definition) => ({ definition, origin: 'settings' as const })),
    ...fromFile.map((definition) => ({ definition, origin: 'schedules.toml' as const })),
  ];
  const jobs: Job[] = [];
  const refused: JobRefused[] = [];
  for (const { definition, origin } of all) {
    const problems = jobProblems(definition, settings);
    if (problems.length > 0) refused.push(new JobRefused(definition.id, problems));
    else jobs.push(jobSchedule(definition, origin, settings));
  }
  return { jobs, refused };
}

/** Those of the settings alone. */
export function jobsOf(settings: Settings): Job[] {
  return settingsJobs(settings).map((definition) => jobSchedule(definition, 'settings', settings));
}

function settingsJobs(settings: Settings): JobDefinition[] {
  const { intervalMinutes } = settings.generate;
  return [
    syncJob(settings),
    hourlyReportJob(settings),
    ...(intervalMinutes === null ? [] : [generateJob(settings, intervalMinutes)]),
  ];
}

function syncJob(settings: Settings): JobDefinition {
  const { scheduler, sync } = settings;
  return {
    ...newJob(syncJobId, 'sync', settings),
    cadences: syncCadences(scheduler),
    jitterSeconds: scheduler.jitterSeconds,
    overlap: scheduler.allowOverlap ? 'allow' : scheduler.overlapPolicy,
    catchupMinutes: sync.catchupMinutes,
  };
}

/** Ten minutes past the hour: after the sync of the full hour has brought the hour's last files. */
function hourlyReportJob(settings: Settings): JobDefinition {
  return { ...newJob(hourlyReportJobId, 'hourly-report', settings), cadences: [interval(60, 10)] };
}

function generateJob(settings: Settings, intervalMinutes: number): JobDefinition {
  return { ...newJob(generateJobId, 'generate', settings), cadences: [interval(intervalMinutes)] };
}
