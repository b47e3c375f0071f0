import type { Client } from '@temporalio/client';

/** Throws when the server does not answer, or does not know our namespace. */
export async function describeNamespace(client: Client): Promise<void> {
  await client.workflowService.describeNamespace({ namespace: client.options.namespace });
}
