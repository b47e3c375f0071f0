import { log } from '@temporalio/activity';

import { withDatabase } from '../src/database/connection.ts';
import {
  aggregateStaleHours,
  markWindowStale,
  refreshDefinition,
} from '../src/database/queries/aggregate-hours.ts';
import { failpoint } from '../src/failpoints.ts';
import type { Activities } from './contract.ts';
import { currentOwner } from './current-owner.ts';
import type { Dependencies } from './dependencies.ts';
import { guarded } from './guarded.ts';

export function aggregate({ settings, sql }: Dependencies): Activities['aggregate'] {
  return guarded('retry', async ({ rebuild, runId }, progress, signal) =>
    withDatabase(async () => {
      if (rebuild !== null) await markWindowStale(sql, rebuild);
      const owner = currentOwner();
      const total = { hours: 0, rows: 0 };
      progress.of = settings.datasets.length;
      const failures: unknown[] = [];
      for (const dataset of settings.datasets) {
        signal.throwIfAborted();
        progress.current = dataset.name;
        try {
          await refreshDefinition(sql, owner, dataset, settings.scheduler.timezone);
          const done = await aggregateStaleHours(sql, owner, dataset, {
            zone: settings.scheduler.timezone,
            runId,
            onProgress: () => {
              signal.throwIfAborted();
            },
          });
          total.hours += done.hours;
          total.rows += done.rows;
        } catch (error) {
          // What is wrong with one dataset must not keep the figures of the others.
          failures.push(error);
        }
        progress.done++;
      }
      await failpoint('aggregated');
      log.info('Aggregated', { stage: 'aggregate', hours: total.hours, rows: total.rows });
      if (failures.length > 0) throw failures[0];
      return total;
    }),
  );
}
