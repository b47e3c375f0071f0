import { proxyActivities } from '@temporalio/workflow';

import { loading } from '../workflows/activity-options.ts';

const { outliveTheFirstWorker } = proxyActivities<{ outliveTheFirstWorker: () => Promise<void> }>(loading);

/** The least that a recovery can be: one activity under our time limits, whose first attempt does not end. */
export async function BareRecoveryWorkflow(): Promise<void> {
  await outliveTheFirstWorker();
}
