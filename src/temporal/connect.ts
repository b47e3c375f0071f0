import { type ClientConnectConfig, toClientOptions } from '@temporalio/envconfig';

import type { TemporalSettings } from '../settings/settings.ts';
import { connectionFailure } from './connection-failure.ts';

type ConnectionOptions = ClientConnectConfig['connectionOptions'];

/** A connection of either SDK client, `Connection` or `NativeConnection`. */
interface TemporalConnection {
  readonly workflowService: {
    describeNamespace(request: { readonly namespace: string }): Promise<unknown>;
  };
  close(): Promise<void>;
}

/**
 * The one way to a Temporal server: address, TLS, API key and headers as the settings say, and a namespace that is there.
 * Throws the errors of errors.ts.
 */
export async function connectTo<C extends TemporalConnection>(
  settings: TemporalSettings,
  connect: (options: ConnectionOptions) => Promise<C>,
): Promise<C> {
  let connection: C | null = null;
  try {
    connection = await connect(connectionOptions(settings));
    await connection.workflowService.describeNamespace({ namespace: settings.namespace });
    return connection;
  } catch (error) {
    await connection?.close();
    throw await connectionFailure(settings, error);
  }
}

/** By Temporal's own library, which turns TLS on for every API key. */
function connectionOptions({ address, apiKey, tls, headers }: TemporalSettings): ConnectionOptions {
  return toClientOptions({
    address,
    ...(apiKey !== null && { apiKey: apiKey.reveal() }),
    ...(tls !== null && {
      tls: {
        ...(tls.serverName !== null && { serverName: tls.serverName }),
        ...(tls.serverCa !== null && { serverCACert: { data: tls.serverCa } }),
        ...(tls.clientCertificate !== null && { clientCert: { data: tls.clientCertificate } }),
        ...(tls.clientKey !== null && { clientKey: { data: tls.clientKey.reveal() } }),
      },
    }),
    grpcMeta: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.reveal()])),
  }).connectionOptions;
}
