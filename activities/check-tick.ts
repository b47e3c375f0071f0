import { log } from '@temporalio/activity';

import { isRepeated } from '../src/schedules/fires.ts';
import type { Activities } from './contract.ts';
import { guarded } from './guarded.ts';

export function checkTick(): Activities['checkTick'] {
  return guarded('retry', ({ run, cadences }) => {
    const repeated = isRepeated(cadences, Date.parse(run.nominalTime));
    if (repeated)
      log.info('Skipped: clocks were put back, and this time of day has had its run', {
        stage: 'run',
        job: run.job,
        nominalTime: run.nominalTime,
      });
    return Promise.resolve({ repeated });
  });
}
