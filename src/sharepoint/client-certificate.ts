import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';

import { CertificateUnusable } from './sign-in-errors.ts';

/**
 * Certificate and key of a PEM file, in this order and without anything else in it.
 * @throws {CertificateUnusable}
 */
export async function readClientCertificate(file: string): Promise<string> {
  const pem = await readPem(file);
  const key = readKey(file, pem);
  const certificate = certificateOf(file, pem, key);
  checkValidity(file, certificate);
  return `${certificate.toString().trimEnd()}\n${key.export({ type: 'pkcs8', format: 'pem' }).toString()}`;
}

async function readPem(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    throw new CertificateUnusable(file, `it cannot be read (${code})`);
  }
}

function readKey(file: string, pem: string): KeyObject {
  const [block] = /-----BEGIN ([A-Z ]*)PRIVATE KEY-----[\s\S]+?-----END \1PRIVATE KEY-----/.exec(pem) ?? [];
  if (block === undefined)
    throw new CertificateUnusable(file, 'it holds no private key; put the key behind the certificate');
  if (/BEGIN ENCRYPTED|Proc-Type: 4,ENCRYPTED/.test(block))
    throw new CertificateUnusable(
      file,
      'its private key has a passphrase; store it without one (openssl pkey)',
    );
  // The cause would be of no use: OpenSSL's words do not say which part of the file they mean.
  const key = unlessUnreadable(() => createPrivateKey(block));
  if (key === null) throw new CertificateUnusable(file, 'its private key is damaged');
  if (key.asymmetricKeyType !== 'rsa')
    throw new CertificateUnusable(
      file,
      `its key is of type ${key.asymmetricKeyType ?? 'unknown'}, and Entra takes RSA keys alone`,
    );
  return key;
}

/** Those of the authorities above it may stand in the file, too, in any order. */
function certificateOf(file: string, pem: string, key: KeyObject): X509Certificate {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  const certificates = blocks.map((block) => unlessUnreadable(() => new X509Certificate(block)));
  if (certificates.length === 0) throw new CertificateUnusable(file, 'it holds no certificate');
  const match = certificates.find((each) => each?.checkPrivateKey(key) === true);
  if (match != null) return match;
  const damaged = certificates.includes(null);
  throw new CertificateUnusable(
    file,
    damaged ? 'its certificate is damaged' : 'its private key belongs to another certificate',
  );
}

function checkValidity(file: string, { validFromDate, validToDate }: X509Certificate): void {
  const now = Date.now();
  if (now > validToDate.getTime())
    throw new CertificateUnusable(file, `it expired on ${validToDate.toISOString().slice(0, 10)}`);
  if (now < validFromDate.getTime())
    throw new CertificateUnusable(file, `it is not valid before ${validFromDate.toISOString()}`);
}

function unlessUnreadable<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
