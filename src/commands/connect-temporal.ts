import { Client, Connection } from '@temporalio/client';

import type { TemporalSettings } from '../settings/settings.ts';
import { connectTo } from '../temporal/connect.ts';

/** A client; dispose it with `await using`. Fails after five seconds without an answer, with the errors of a connection. */
export async function connectTemporal(settings: TemporalSettings): Promise<Client & AsyncDisposable> {
  const connection = await connectTo(settings, (options) =>
    Connection.connect({ ...options, connectTimeout: '5 seconds' }),
  );
  const client = new Client({ connection, namespace: settings.namespace });
  return Object.assign(client, { [Symbol.asyncDispose]: () => connection.close() });
}
