import { ServiceError, type WorkflowService } from '@temporalio/client';
import type { Worker } from '@temporalio/worker';
import { expect, test } from 'vitest';

import { isPolling, pollersOf, toldPollers } from '../../src/temporal/polling.ts';

/** As a server with partitions answers, which the development server is not: each knows those who asked there. */
function partitioned(pollers: Readonly<Record<string, string[]>>): WorkflowService {
  return {
    listTaskQueuePartitions: () =>
      Promise.resolve({ workflowTaskQueuePartitions: Object.keys(pollers).map((key) => ({ key })) }),
    describeTaskQueue: ({ taskQueue }: { taskQueue: { name: string } }) =>
      Promise.resolve({ pollers: (pollers[taskQueue.name] ?? []).map((identity) => ({ identity })) }),
  } as unknown as WorkflowService;
}

function worker(identity: string, workflowService: WorkflowService): Worker {
  const options = { namespace: 'default', taskQueue: 'charlie', identity };
  return { connection: { workflowService }, options } as unknown as Worker;
}

test('a worker is found in whichever partition of the queue it asked for work, and counts once', async () => {
  const service = partitioned({ charlie: ['1@a'], '/_sys/charlie/1': [], '/_sys/charlie/2': ['1@a', '2@b'] });

  expect(await pollersOf(service, 'default', 'charlie')).toEqual(new Set(['1@a', '2@b']));
  expect(await isPolling(worker('2@b', service))).toBe(true);
  expect(await isPolling(worker('3@c', service))).toBe(false);
});

test('a server that answers and does not tell who polls is no reason to call a worker ill; silence of any kind is', async () => {
  const refusing = (code: number) =>
    ({
      listTaskQueuePartitions: () =>
        Promise.reject(
          Object.assign(new ServiceError('refused'), { code, details: 'refused', metadata: {} }),
        ),
    }) as unknown as WorkflowService;

  expect(await isPolling(worker('1@a', refusing(7)))).toBe(true);
  expect(await isPolling(worker('1@a', refusing(12)))).toBe(true);
  await expect(isPolling(worker('1@a', refusing(14)))).rejects.toThrow('refused');
  expect(await toldPollers(refusing(7), 'default', 'queue')).toBeNull();
  await expect(toldPollers(refusing(14), 'default', 'queue')).rejects.toThrow('refused');
});
