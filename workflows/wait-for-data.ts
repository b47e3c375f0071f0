import { proxyActivities, setCurrentDetails, sleep, upsertSearchAttributes } from '@temporalio/workflow';

import type { Activities, RunIdentity } from '../activities/contract.ts';
import type { Cadence, DataWait } from '../src/domain/job.ts';
import { bookkeeping } from './activity-options.ts';
import { outcomeAttribute } from './messages.ts';

const { findMissingData } = proxyActivities<Activities>(bookkeeping);

export const skippedNoData = 'skipped_no_data';

/** Between two looks: a tenth of the time that was waited, within these. A wait of a day is some two hundred looks, and as many timers. */
const shortestPauseMs = 5000;
const longestPauseMs = 600_000;

/** Shows whoever looks at the run what it waits for. */
export interface WaitDisplay {
  waitingFor(datasets: readonly string[], until: string): void;
}

/** Whether a file of each dataset has arrived, perhaps after a wait in timers. When not, the run says that it was skipped. */
export async function hasData(
  run: RunIdentity,
  { cadences = [], waitFor }: { readonly cadences?: readonly Cadence[]; readonly waitFor: DataWait },
  display: WaitDisplay,
): Promise<boolean> {
  const began = Date.now();
  const until = began + waitFor.minutes * 60_000;
  for (;;) {
    const { datasets } = await findMissingData({ run, datasets: waitFor.datasets, cadences });
    if (datasets.length === 0) return true;
    const now = Date.now();
    if (now >= until) {
      skip(datasets, waitFor.minutes);
      return false;
    }
    display.waitingFor(datasets, new Date(until).toISOString());
    const pause = Math.min(longestPauseMs, Math.max(shortestPauseMs, (now - began) / 10));
    await sleep(Math.min(pause, until - now), { summary: `Waiting for data of ${datasets.join(', ')}` });
  }
}

function skip(datasets: readonly string[], minutes: number): void {
  upsertSearchAttributes([{ key: outcomeAttribute, value: skippedNoData }]);
  setCurrentDetails(`Skipped: no data of ${datasets.join(', ')} arrived within ${minutes} minutes.`);
}
