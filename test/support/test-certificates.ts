// @peculiar/x509 does not load without this polyfill.
import 'reflect-metadata';

import { KeyObject, type webcrypto } from 'node:crypto';

import * as x509 from '@peculiar/x509';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const hour = 60 * 60 * 1000;

export interface KeyAndCertificate {
  /** PEM. */
  readonly key: string;
  readonly certificate: string;
}

/** An authority that lives as long as a test: what it signs is valid for an hour. */
export class TestAuthority {
  readonly #keys: webcrypto.CryptoKeyPair;
  readonly #authority: x509.X509Certificate;

  static async create(name: string): Promise<TestAuthority> {
    const keys = await newKeys();
    const authority = await x509.X509CertificateGenerator.createSelfSigned({
      ...validity(),
      name: `CN=${name}`,
      keys,
      signingAlgorithm: algorithm,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    return new TestAuthority(keys, authority);
  }

  private constructor(keys: webcrypto.CryptoKeyPair, authority: x509.X509Certificate) {
    this.#keys = keys;
    this.#authority = authority;
  }

  /** PEM. */
  get certificate(): string {
    return this.#authority.toString('pem');
  }

  issueServer(...hosts: readonly string[]): Promise<KeyAndCertificate> {
    return this.#issue('CN=server', [
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        hosts.map((value) => ({ type: /^[\d.]+$/.test(value) ? 'ip' : 'dns', value })),
      ),
    ]);
  }

  issueClient(name: string): Promise<KeyAndCertificate> {
    return this.#issue(`CN=${name}`, [
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
    ]);
  }

  async #issue(subject: string, extensions: readonly x509.Extension[]): Promise<KeyAndCertificate> {
    const keys = await newKeys();
    const certificate = await x509.X509CertificateGenerator.create({
      ...validity(),
      subject,
      issuer: this.#authority.subject,
      publicKey: keys.publicKey,
      signingKey: this.#keys.privateKey,
      signingAlgorithm: algorithm,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        await x509.AuthorityKeyIdentifierExtension.create(this.#keys.publicKey),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
        ...extensions,
      ],
    });
    const key = KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString();
    return { key, certificate: certificate.toString('pem') };
  }
}

function validity(): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(Date.now() - hour), notAfter: new Date(Date.now() + hour) };
}

async function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}
