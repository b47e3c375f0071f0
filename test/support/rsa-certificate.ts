// @peculiar/x509 does not load without this polyfill.
import 'reflect-metadata';

import { KeyObject } from 'node:crypto';

import * as x509 from '@peculiar/x509';

import type { KeyAndCertificate } from './test-certificates.ts';

const algorithm = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
};
const hour = 60 * 60 * 1000;

/** As one makes it for an app registration. `validHours`: from when to when, seen from now. */
export async function rsaCertificate(
  validHours: readonly [number, number] = [-1, 1],
): Promise<KeyAndCertificate> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const [notBefore, notAfter] = validHours.map((hours) => new Date(Date.now() + hours * hour));
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=charlie-reporting',
    notBefore: notBefore!,
    notAfter: notAfter!,
    keys,
    signingAlgorithm: algorithm,
  });
  const key = KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString();
  return { key, certificate: certificate.toString('pem') };
}
