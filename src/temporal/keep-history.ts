import { Connection } from '@temporalio/client';

/** Thirty days, as the namespace of docker-compose.yml does. */
const keptSeconds = 30 * 86_400;

/**
 * Has a development server keep what has ended. By itself it does so for a day, after which a job that is due once a week
 * has neither a last success nor failures in a row.
 */
export async function keepHistory(address: string, namespace: string): Promise<void> {
  const connection = await Connection.connect({ address });
  try {
    const { config } = await connection.workflowService.describeNamespace({ namespace });
    // Somebody may want more.
    if (Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) >= keptSeconds) return;
    await connection.workflowService.updateNamespace({
      namespace,
      config: { workflowExecutionRetentionTtl: { seconds: keptSeconds as never } },
    });
  } finally {
    await connection.close();
  }
}
