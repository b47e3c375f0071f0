import { setTimeout } from 'node:timers/promises';

import { isGrpcServiceError, type WorkflowService } from '@temporalio/client';
import proto from '@temporalio/proto';
import type { Worker } from '@temporalio/worker';

const answerWithinMs = 3000;
const workflowTasks = proto.temporal.api.enums.v1.TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW;

/** Status codes of gRPC: the server answers, and does not tell. */
const notTold: readonly number[] = [7 /* PERMISSION_DENIED */, 12 /* UNIMPLEMENTED */];

/**
 * Whether the server says that this worker asks for work; also true of one that answers and does not tell who does. Throws
 * when it does not answer within three seconds.
 */
export async function isPolling({ connection, options }: Worker): Promise<boolean> {
  if (connection === undefined) return false;
  // A deadline of the connection would not end its own retries.
  return Promise.race([asks(connection.workflowService, options), silence()]);
}

async function asks(
  service: WorkflowService,
  { namespace, taskQueue, identity }: { namespace: string; taskQueue: string; identity: string },
): Promise<boolean> {
  return (await toldPollers(service, namespace, taskQueue))?.has(identity) ?? true;
}

/** As pollersOf; null: the server answers, and does not tell. */
export async function toldPollers(
  ...[service, namespace, taskQueue]: Parameters<typeof pollersOf>
): Promise<Set<string> | null> {
  try {
    return await pollersOf(service, namespace, taskQueue);
  } catch (error) {
    if (isGrpcServiceError(error) && notTold.includes(error.code)) return null;
    throw error;
  }
}

/**
 * The identities of those who asked for workflow tasks of a queue within the last five minutes, by the server's clock. A
 * queue is kept in partitions, and each knows only who asked there: a worker with a few polls may leave some out for long.
 */
export async function pollersOf(
  service: WorkflowService,
  namespace: string,
  taskQueue: string,
): Promise<Set<string>> {
  const { workflowTaskQueuePartitions: partitions } = await service.listTaskQueuePartitions({
    namespace,
    taskQueue: { name: taskQueue },
  });
  const described = await Promise.all(
    partitions.map(({ key }) =>
      service.describeTaskQueue({ namespace, taskQueue: { name: key ?? '' }, taskQueueType: workflowTasks }),
    ),
  );
  return new Set(described.flatMap(({ pollers }) => pollers.map(({ identity }) => identity ?? '')));
}

async function silence(): Promise<never> {
  await setTimeout(answerWithinMs, null, { ref: false });
  throw new Error('no answer in time');
}
