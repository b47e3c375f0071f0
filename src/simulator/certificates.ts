// @peculiar/x509 does not load without this polyfill.
import 'reflect-metadata';

import { createPrivateKey, KeyObject, type webcrypto, X509Certificate } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';

const keyAlgorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const day = 24 * 60 * 60 * 1000;
/** Apple's systems refuse server certificates that are valid for more than 825 days. */
const validityDays = 820;
const renewBeforeDays = 30;

export interface ServerCertificate {
  /** PEM of the authority that a client has to trust. */
  readonly caFile: string;
  readonly certificate: string;
  readonly key: string;
}

/**
 * The certificate of these hosts that is kept in `dir`; a new one when there is none, or when it is damaged, about to
 * expire, or of other hosts. The authority's own key is never stored, so nobody can sign more with it.
 */
export async function openServerCertificate(
  dir: string,
  hosts: readonly [string, ...string[]],
): Promise<ServerCertificate> {
  const caFile = join(dir, 'ca.pem');
  const certificateFile = join(dir, 'server.pem');
  const keyFile = join(dir, 'server-key.pem');
  const kept = await Promise.all([caFile, certificateFile, keyFile].map(readIfThere));
  const [ca = '', certificate = '', key = ''] = kept;
  if (isUsable(ca, certificate, key) && isFor(certificate, hosts)) return { caFile, certificate, key };

  const made = await issue(hosts);
  await mkdir(dir, { recursive: true });
  await writeFile(keyFile, made.key, { mode: 0o600 });
  await chmod(keyFile, 0o600);
  await writeFile(certificateFile, made.certificate);
  await writeFile(caFile, made.ca);
  return { caFile, certificate: made.certificate, key: made.key };
}

async function readIfThere(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

function isUsable(ca: string, certificate: string, key: string): boolean {
  try {
    const authority = new X509Certificate(ca);
    const server = new X509Certificate(certificate);
    const lasts = server.validToDate.getTime() - Date.now() > renewBeforeDays * day;
    return lasts && server.verify(authority.publicKey) && server.checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

function isFor(certificate: string, hosts: readonly string[]): boolean {
  const server = new X509Certificate(certificate);
  return hosts.every(
    (host) => (isIP(host) === 0 ? server.checkHost(host) : server.checkIP(host)) !== undefined,
  );
}

async function issue(
  hosts: readonly [string, ...string[]],
): Promise<{ ca: string; certificate: string; key: string }> {
  const validity = {
    notBefore: new Date(Date.now() - day),
    notAfter: new Date(Date.now() + validityDays * day),
  };
  const authorityKeys = await newKeys();
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity,
    name: 'CN=charlie-reporting simulator CA',
    keys: authorityKeys,
    signingAlgorithm: keyAlgorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(authorityKeys.publicKey),
    ],
  });
  const serverKeys = await newKeys();
  const server = await x509.X509CertificateGenerator.create({
    ...validity,
    subject: `CN=${hosts[0]}`,
    issuer: authority.subject,
    publicKey: serverKeys.publicKey,
    signingKey: authorityKeys.privateKey,
    signingAlgorithm: keyAlgorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        hosts.map((host) => ({ type: isIP(host) === 0 ? 'dns' : 'ip', value: host })),
      ),
      await x509.AuthorityKeyIdentifierExtension.create(authorityKeys.publicKey),
      await x509.SubjectKeyIdentifierExtension.create(serverKeys.publicKey),
    ],
  });
  const key = KeyObject.from(serverKeys.privateKey).export({ type: 'pkcs8', format: 'pem' });
  return { ca: authority.toString('pem'), certificate: server.toString('pem'), key: key.toString() };
}

async function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return await crypto.subtle.generateKey(keyAlgorithm, true, ['sign', 'verify']);
}
