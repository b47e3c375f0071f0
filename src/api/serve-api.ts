import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';

import { listTokens } from '../database/queries/api-tokens.ts';
import type { ApiSettings } from '../settings/settings.ts';
import type { Api, ApiParts } from './api.ts';
import { createApi, type Tls } from './server.ts';

/** Thrown when the API cannot listen where the settings say. */
export class ApiAddressUnusable extends Error {
  override readonly name = 'ApiAddressUnusable';
  readonly host: string;
  readonly port: number;

  constructor({ host, port }: ApiSettings, cause: Error) {
    super(
      `The API cannot listen on port ${port} of ${host} (${cause.message}). Stop what uses it, or set api.host and api.port to what is free.`,
      { cause },
    );
    this.host = host;
    this.port = port;
  }
}

/** Thrown when the files of certificate and key cannot be used. */
export class ApiCertificateUnusable extends Error {
  override readonly name = 'ApiCertificateUnusable';

  constructor(files: string, cause: Error) {
    super(
      `The certificate and key of the API cannot be used (${files}: ${cause.message}). ` +
        'api.tls_certificate_file has to be a PEM file of a certificate, api.tls_key_file one of its key, without a passphrase.',
      { cause },
    );
  }
}

export interface ServedApi {
  /** `http://127.0.0.1:8000` */
  readonly url: string;
  /** Takes no new requests, and lets those that are under way finish within the settings' time for a shutdown. */
  close(): Promise<void>;
}

/** @throws {ApiAddressUnusable} {@link ApiCertificateUnusable} */
export async function serveApi(parts: ApiParts): Promise<ServedApi> {
  const { settings, sql, logger } = parts;
  const { host, port } = settings.api;
  const tls = await readTls(settings.api);
  const app = await createApi(parts, tls);
  try {
    await app.listen({ host, port });
  } catch (error) {
    await app.close();
    throw error instanceof Error && 'syscall' in error ? new ApiAddressUnusable(settings.api, error) : error;
  }
  if (settings.api.requireToken && !(await listTokens(sql)).some(({ revokedAt }) => revokedAt === null))
    logger.warn({ stage: 'api' }, 'Nobody has a token yet: `charlie tokens create` makes one');
  const url = addressOf(app, tls);
  logger.info({ stage: 'api', url }, 'API started');
  return { url, close: () => close(app, parts) };
}

async function close(app: Api, { settings, logger }: ApiParts): Promise<void> {
  logger.info({ stage: 'api' }, 'API shutdown started');
  const timer = setTimeout(() => {
    app.server.closeAllConnections();
  }, settings.scheduler.shutdownTimeoutSeconds * 1000);
  await app.close();
  clearTimeout(timer);
  logger.info({ stage: 'api' }, 'API shutdown complete');
}

/** As a person types it: every address of the machine is this one, too. */
function addressOf(app: Api, tls: Tls | null): string {
  const [listens] = app.addresses();
  if (listens === undefined || typeof listens === 'string') return '';
  const { address, family, port } = listens;
  const everywhere: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '[::1]' };
  const here = everywhere[address] ?? (family === 'IPv6' ? `[${address}]` : address);
  return `${tls === null ? 'http' : 'https'}://${here}:${port}`;
}

async function readTls({ tlsCertificateFile, tlsKeyFile }: ApiSettings): Promise<Tls | null> {
  if (tlsCertificateFile === null || tlsKeyFile === null) return null;
  try {
    const tls = { cert: await readFile(tlsCertificateFile, 'utf8'), key: await readFile(tlsKeyFile, 'utf8') };
    createSecureContext(tls);
    return tls;
  } catch (error) {
    const cause = error instanceof Error ? error : new Error(String(error));
    throw new ApiCertificateUnusable(`${tlsCertificateFile}, ${tlsKeyFile}`, cause);
  }
}
