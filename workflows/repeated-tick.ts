import { proxyActivities, setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';

import type { Activities, RunIdentity } from '../activities/contract.ts';
import type { Cadence } from '../src/domain/job.ts';
import { bookkeeping } from './activity-options.ts';
import { outcomeAttribute } from './messages.ts';

const { checkTick } = proxyActivities<Activities>(bookkeeping);

export const skippedFold = 'skipped_dst_fold';

/**
 * Whether clocks may have anything to do with the run. Asked without a pause: a run that they have not must go on in the same
 * step, as those of earlier versions did.
 */
export function followsClocks(cadences?: readonly Cadence[]): cadences is readonly Cadence[] {
  return cadences?.some((each) => 'timezone' in each && each.timezone !== 'UTC') === true;
}

/**
 * Whether clocks were put back, and show the run's time of day for the second time: the first time had its run, so this one
 * has nothing to do, and says so. Zones are the activity's business: their rules change, and a replay must not.
 */
export async function isRepeatedTick(run: RunIdentity, cadences: readonly Cadence[]): Promise<boolean> {
  const { repeated } = await checkTick({ run, cadences });
  if (!repeated) return false;
  upsertSearchAttributes([{ key: outcomeAttribute, value: skippedFold }]);
  setCurrentDetails('Skipped: clocks were put back, and this time of day has had its run.');
  return true;
}
