import { Client, Connection } from '@temporalio/client';

import type { TemporalSettings } from '../settings/settings.ts';

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

/** A client; dispose it with `await using`. Throws TemporalUnavailable after five seconds. */
export async function connectTemporal(settings: TemporalSettings): Promise<Client & AsyncDisposable> {
  let connection: Connection;
  try {
    connection = await Connection.connect({ address: settings.address, connectTimeout: '5 seconds' });
  } catch (error) {
    throw new TemporalUnavailable(settings.address, error);
  }
  const client = new Client({ connection, namespace: settings.namespace });
  return Object.assign(client, { [Symbol.asyncDispose]: () => connection.close() });
}
