import type { WorkerOptions } from '@temporalio/worker';

import type { TemporalSettings } from '../settings/settings.ts';

/**
 * What every worker of one process is given alike, so that a run finds its activities on all queues of its own build.
 * Pinned: a run ends on the build that it began on.
 */
export function workerVersioning({
  deployment,
  buildId,
}: TemporalSettings): Pick<WorkerOptions, 'workerDeploymentOptions'> {
  if (buildId === null) return {};
  return {
    workerDeploymentOptions: {
      useWorkerVersioning: true,
      version: { deploymentName: deployment, buildId },
      defaultVersioningBehavior: 'PINNED',
    },
  };
}
