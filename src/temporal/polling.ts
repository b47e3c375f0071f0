import { setTimeout } from 'node:timers/promises';

import proto from '@temporalio/proto';
import type { Worker } from '@temporalio/worker';

const answerWithinMs = 3000;

/**
 * Whether the server says that this worker asks for work: it remembers who did within the last five minutes, by its own
 * clock. Workflow tasks, because a worker whose slots for activities are all taken does not ask for more of those. Throws
 * when the server does not answer within three seconds.
 */
export async function isPolling({ connection, options }: Worker): Promise<boolean> {
  const { namespace, taskQueue, identity } = options;
  const asked = connection?.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name: taskQueue },
    taskQueueType: proto.temporal.api.enums.v1.TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
  });
  // A deadline of the connection would not end its own retries.
  const queue = await Promise.race([asked, silence()]);
  return queue?.pollers.some((poller) => poller.identity === identity) ?? false;
}

async function silence(): Promise<never> {
  await setTimeout(answerWithinMs, null, { ref: false });
  throw new Error('no answer in time');
}
