import { Client, Connection } from '@temporalio/client';
import { inject } from 'vitest';

import type { JobDefinition } from '../../src/domain/job.ts';
import { type Edited, JobChangedMeanwhile, replaceJob } from '../../src/schedules/edit-job.ts';
import { newJob } from '../../src/schedules/job-defaults.ts';
import { jobSchedule } from '../../src/schedules/job-schedule.ts';
import { describeJob } from '../../src/schedules/read-jobs.ts';
import type { Settings } from '../../src/settings/settings.ts';
import { loadToml } from '../settings/settings-folder.ts';
import { createNamespace } from '../support/namespace.ts';

/** A namespace with nothing in it and no worker: schedules alone. */
export interface ScheduleServer extends AsyncDisposable {
  readonly client: Client;
  readonly settings: Settings;
}

export async function scheduleServer(toml = ''): Promise<ScheduleServer> {
  const namespace = await createNamespace();
  const connection = await Connection.connect({ address: inject('temporalAddress') });
  const { settings } = loadToml(`${toml}\n[temporal]\nnamespace = "${namespace}"\ntask_queue = "nobody"`);
  return {
    client: new Client({ connection, namespace }),
    settings,
    [Symbol.asyncDispose]: () => connection.close(),
  };
}

/** A further sync job, never due unless that is said. */
export function syncJob(id: string, settings: Settings, given: Partial<JobDefinition> = {}): JobDefinition {
  return { ...newJob(id, 'sync', settings), ...given };
}

/** A change on what is declared by then, as an editor makes it who reads the job again when it was changed meanwhile. */
export async function changeJob(
  { client, settings }: Pick<ScheduleServer, 'client' | 'settings'>,
  id: string,
  change: Partial<JobDefinition>,
): Promise<Edited> {
  for (;;) {
    const { definition, version } = await describeJob(client.schedule, id);
    if (definition === null) throw new Error(`${id} has no definition`);
    const options = { origin: 'api', version, beside: [] } as const;
    try {
      return await replaceJob(client.schedule, settings, { ...definition, ...change }, options);
    } catch (error) {
      if (!(error instanceof JobChangedMeanwhile)) throw error;
    }
  }
}

/** `hasty` is late a twentieth of a second after it was made; nobody could declare such a job. */
export async function createHastyJob({ schedule }: Client, settings: Settings): Promise<void> {
  const definition = syncJob('hasty', settings);
  const made = jobSchedule(definition, 'api', settings).schedule;
  const declaration = { origin: 'api', definition: { ...definition, successWithinMinutes: 0.001 } };
  const args = [(made.action.args as unknown[])[0], declaration];
  await schedule.create({ scheduleId: 'hasty', ...made, action: { ...made.action, args } });
}
