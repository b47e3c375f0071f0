import type { WorkerOptions } from '@temporalio/worker';

import type { TemporalSettings } from '../settings/settings.ts';

/**
 * For the queue that workers of all builds share. Pinned: a run ends on the build that it began on. A queue that one
 * place or process serves stays without: a run of another build would wait there for a worker that does not come.
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
