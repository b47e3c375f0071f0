import type { ScheduleClient } from '@temporalio/client';

import type { ApplyOptions } from '../schedules/apply-jobs.ts';
import { refuseBrokenChains } from '../schedules/chains.ts';
import type { JobRefused } from '../schedules/check-job.ts';
import type { Job } from '../schedules/job-schedule.ts';
import { compileJobs } from '../schedules/jobs.ts';
import { loadSchedules } from '../schedules/schedules-file.ts';
import type { Settings } from '../settings/settings.ts';
import type { CommandContext } from './command-context.ts';
import type { ConfigOption } from './command-settings.ts';

export interface SchedulesOption extends ConfigOption {
  readonly schedules?: string;
}

export const schedulesOption = [
  '--schedules <file>',
  'file of jobs (default: $CHARLIE_SCHEDULES, temporal-config/schedules.toml beside the settings file)',
] as const;

export interface DeclaredJobs {
  readonly jobs: readonly Job[];
  readonly refused: readonly JobRefused[];
  /** For `applyJobs` and `diffJobs`. */
  readonly options: ApplyOptions;
}

/** Those whose chains can be, by what Temporal has beside them: the only ones to apply. */
export async function applicableJobs(
  client: ScheduleClient,
  settings: Settings,
  { jobs, refused, options }: DeclaredJobs,
): Promise<DeclaredJobs> {
  const checked = await refuseBrokenChains(client, settings, { jobs, refused });
  return { ...checked, options: { ...options, refused: checked.refused.map(({ job }) => job) } };
}

/** The jobs of the settings and of schedules.toml. Throws SettingsInvalid. */
export function declaredJobs(
  context: CommandContext,
  { config, schedules }: SchedulesOption,
  settings: Settings,
): DeclaredJobs {
  const file = loadSchedules(
    {
      cwd: context.cwd,
      env: context.env,
      ...(config === undefined ? {} : { configFile: config }),
      ...(schedules === undefined ? {} : { schedulesFile: schedules }),
    },
    settings,
  );
  const { jobs, refused } = compileJobs(settings, file.definitions);
  return {
    jobs,
    refused,
    options: {
      // Without the file nobody knows what it would declare.
      complete: file.path === null ? ['settings'] : ['settings', 'schedules.toml'],
      refused: refused.map(({ job }) => job),
    },
  };
}
