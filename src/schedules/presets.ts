import type { Cadence, JobDefinition, JobKind } from '../domain/job.ts';
import type { Settings } from '../settings/settings.ts';
import { newJob } from './job-defaults.ts';

interface Preset {
  readonly description: string;
  readonly kind: JobKind;
  readonly cadence: (timezone: string) => Cadence;
}

/** Times that jobs are often given. */
export const presets = {
  hourly: {
    description: 'every hour, on the hour',
    kind: 'sync',
    cadence: () => ({ kind: 'interval', seconds: 3600, offsetSeconds: 0 }),
  },
  daily: { description: 'every day at 06:00', kind: 'sync', cadence: daily('06:00') },
  weekly_sunday_1am: { description: 'on Sundays at 01:00', kind: 'sync', cadence: cron('0 1 * * SUN') },
  quad_daily: {
    description: 'every day at 09:05, 12:05, 15:05 and 18:05',
    kind: 'sync',
    cadence: daily('09:05', '12:05', '15:05', '18:05'),
  },
  weekday_mornings: {
    description: 'from Monday to Friday at 08:00',
    kind: 'sync',
    cadence: cron('0 8 * * MON-FRI'),
  },
  monthly_archive: {
    description: 'archives on the first of each month at 02:00',
    kind: 'archive',
    cadence: cron('0 2 1 * *'),
  },
} as const satisfies Readonly<Record<string, Preset>>;

export type PresetName = keyof typeof presets;

export const presetNames = Object.keys(presets) as readonly PresetName[];

/** A job with the times of a preset, and everything else as it is when nobody says otherwise. */
export function presetJob(
  name: PresetName,
  id: string,
  settings: Settings,
  timezone = settings.scheduler.timezone,
): JobDefinition {
  const { kind, cadence } = presets[name];
  return { ...newJob(id, kind, settings), cadences: [cadence(timezone)] };
}

function daily(...times: readonly string[]): Preset['cadence'] {
  return (timezone) => ({ kind: 'daily', times, timezone });
}

function cron(expression: string): Preset['cadence'] {
  return (timezone) => ({ kind: 'cron', expressions: [expression], timezone });
}
