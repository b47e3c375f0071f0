import { Client, Connection, isGrpcServiceError } from '@temporalio/client';

import type { TemporalSettings } from '../settings/settings.ts';

/** NOT_FOUND, one of the status codes of gRPC. */
const grpcNotFound = 5;

/** Thrown when no Temporal server answers at the address of the settings. */
export class TemporalUnavailable extends Error {
  override readonly name = 'TemporalUnavailable';
  readonly address: string;

  constructor(address: string, cause: unknown) {
    const said = cause instanceof Error ? cause.message : String(cause);
    super(
      `No Temporal server answers at ${address} (${said}). Start one (\`charlie up\` does), ` +
        'or set CHARLIE_TEMPORAL__ADDRESS to where yours is.',
      { cause },
    );
    this.address = address;
  }
}

/** Thrown when the server has no such namespace. */
export class NamespaceNotFound extends Error {
  override readonly name = 'NamespaceNotFound';
  readonly namespace: string;

  constructor({ address, namespace }: TemporalSettings) {
    super(
      `The Temporal server at ${address} has no namespace "${namespace}". ` +
        `Create it (temporal operator namespace create ${namespace}), or set CHARLIE_TEMPORAL__NAMESPACE to one that it has.`,
    );
    this.namespace = namespace;
  }
}

/** A client; dispose it with `await using`. Throws TemporalUnavailable after five seconds, and NamespaceNotFound. */
export async function connectTemporal(settings: TemporalSettings): Promise<Client & AsyncDisposable> {
  let connection: Connection;
  try {
    connection = await Connection.connect({ address: settings.address, connectTimeout: '5 seconds' });
  } catch (error) {
    throw new TemporalUnavailable(settings.address, error);
  }
  await assertNamespace(connection, settings);
  const client = new Client({ connection, namespace: settings.namespace });
  return Object.assign(client, { [Symbol.asyncDispose]: () => connection.close() });
}

async function assertNamespace(connection: Connection, settings: TemporalSettings): Promise<void> {
  try {
    await connection.workflowService.describeNamespace({ namespace: settings.namespace });
  } catch (error) {
    await connection.close();
    const code: number | null = isGrpcServiceError(error) ? error.code : null;
    throw code === grpcNotFound
      ? new NamespaceNotFound(settings)
      : new TemporalUnavailable(settings.address, error);
  }
}
