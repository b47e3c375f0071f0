import { log } from '@temporalio/activity';

import { withDatabase } from '../src/database/connection.ts';
import { arrivedDatasets } from '../src/database/queries/arrived-datasets.ts';
import { lastFireBefore } from '../src/schedules/fires.ts';
import { startOfDay } from '../src/zones/clock-changes.ts';
import type { Activities } from './contract.ts';
import type { Dependencies } from './dependencies.ts';
import { guarded } from './guarded.ts';

/** Data count that arrived after the job's tick before the run's; where there is none, those of the run's day. */
export function findMissingData({ settings, sql }: Dependencies): Activities['findMissingData'] {
  return guarded('retry', async ({ run, datasets, cadences }) => {
    const nominal = new Date(run.nominalTime);
    const since = new Date(
      lastFireBefore(cadences, nominal.getTime()) ??
        startOfDay(settings.scheduler.timezone, nominal.getTime()),
    );
    const arrived = await withDatabase(() => arrivedDatasets(sql, datasets, since));
    const missing = datasets.filter((name) => !arrived.includes(name));
    if (missing.length > 0)
      log.info('Waiting for data', { stage: 'wait', job: run.job, since: since.toISOString(), missing });
    return { datasets: missing };
  });
}
