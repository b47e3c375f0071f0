import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import type { ClientConfigTLS, ConfigDataSource } from '@temporalio/envconfig';

import { errorCode } from './error-code.ts';
import type { Origin, Problem } from './problem.ts';
import { Secret } from './secret.ts';
import type { TemporalTls } from './settings.ts';

export interface TlsReader {
  /** Absolute: paths start from there, as those of the `temporal` CLI do. */
  readonly cwd: string;
  /** Of a key of the profile, whichever of file and environment gave it. */
  readonly originOf: (key: string) => Origin;
  readonly problems: Problem[];
}

/** The certificates of a profile, read and checked. */
export function readTls(tls: ClientConfigTLS, reader: TlsReader): TemporalTls {
  const serverCa = readPem('server_ca_cert', tls.serverCACert, reader);
  const clientCertificate = readPem('client_cert', tls.clientCert, reader);
  const clientKey = readPem('client_key', tls.clientKey, reader);
  if (serverCa !== null) asCertificate(serverCa, reader);
  checkPair(tls, { clientCertificate, clientKey }, reader);
  return {
    serverName: tls.serverName ?? null,
    serverCa: serverCa?.text ?? null,
    clientCertificate: clientCertificate?.text ?? null,
    clientKey: clientKey === null ? null : new Secret(clientKey.text),
  };
}

interface Pem {
  /** The key that gave it: `client_cert_path`. */
  readonly name: string;
  readonly text: string;
}

function readPem(name: string, source: ConfigDataSource | undefined, reader: TlsReader): Pem | null {
  if (source === undefined) return null;
  if ('data' in source) {
    const { data } = source;
    return { name: `${name}_data`, text: typeof data === 'string' ? data : new TextDecoder().decode(data) };
  }
  const path = resolve(reader.cwd, source.path);
  try {
    return { name: `${name}_path`, text: readFileSync(path, 'utf8') };
  } catch (error) {
    const message = `names ${path}, which cannot be read (${errorCode(error)})`;
    refuse(`${name}_path`, message, 'the path of a PEM file', reader);
    return null;
  }
}

function checkPair(
  tls: ClientConfigTLS,
  pair: { readonly clientCertificate: Pem | null; readonly clientKey: Pem | null },
  reader: TlsReader,
): void {
  if ((tls.clientCert === undefined) !== (tls.clientKey === undefined)) {
    const [given, missing] =
      tls.clientKey === undefined ? ['client_cert', 'client_key'] : ['client_key', 'client_cert'];
    const message = `is set, and neither ${missing}_path nor ${missing}_data is`;
    refuse(`${given}_path`, message, 'a client certificate together with its key', reader);
    return;
  }
  const { clientCertificate, clientKey } = pair;
  if (clientCertificate === null || clientKey === null) return;
  const certificate = asCertificate(clientCertificate, reader);
  try {
    const key = createPrivateKey(clientKey.text);
    if (certificate?.checkPrivateKey(key) === false)
      refuse(
        clientKey.name,
        'is not the key of the client certificate',
        'the key that belongs to it',
        reader,
      );
  } catch {
    refuse(
      clientKey.name,
      'holds no private key in PEM',
      'a private key without a passphrase, in PEM',
      reader,
    );
  }
}

/** The first of the file; null after adding the problem. */
function asCertificate(pem: Pem, reader: TlsReader): X509Certificate | null {
  try {
    return new X509Certificate(pem.text);
  } catch {
    refuse(pem.name, 'holds no certificate in PEM', 'a certificate in PEM', reader);
    return null;
  }
}

function refuse(name: string, message: string, accepted: string, reader: TlsReader): void {
  const key = `tls.${name}`;
  reader.problems.push({ ...reader.originOf(key), key, message, accepted, suggestion: null });
}
