import { constants, createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';

import { invalidClient } from './sign-in-error.ts';
import type { Claims } from './signed-token.ts';
import type { World } from './world.ts';

interface Assertion {
  readonly header: Claims;
  readonly claims: Claims;
  readonly signed: Buffer;
  readonly signature: Buffer;
}

/**
 * Throws a SignInError unless `text` is signed by a certificate of the application for `endpoint`, or is a token of an
 * identity provider that the application trusts.
 */
export function checkClientAssertion(world: World, text: string, endpoint: string): void {
  const assertion = parse(text);
  const now = Math.floor(world.now().getTime() / 1000);
  const { iss, sub, nbf, exp } = assertion.claims;
  const early = typeof nbf === 'number' && nbf > now + clockSkewSeconds;
  if (early || typeof exp !== 'number' || exp <= now) {
    const message = `Client assertion is not within its valid time range. Current time: ${world.now().toISOString()}, expiry time of assertion ${String(exp)}.`;
    throw invalidClient(700024, message);
  }
  const { clientId } = world.tenant;
  if (!('x5t' in assertion.header) && !('x5t#S256' in assertion.header) && iss !== clientId) {
    checkFederated(world, assertion);
    return;
  }
  if (iss !== clientId || sub !== clientId) {
    const message = `Client assertion application identifier doesn't match 'client_id' parameter.`;
    throw invalidClient(700021, message);
  }
  checkAudience(assertion, endpoint);
  checkCertificate(world, assertion);
}

const clockSkewSeconds = 300;

function parse(text: string): Assertion {
  const [header = '', claims = '', signature = '', ...rest] = text.split('.');
  try {
    if (rest.length > 0) throw new Error('Too many parts.');
    return {
      header: JSON.parse(Buffer.from(header, 'base64url').toString()) as Claims,
      claims: JSON.parse(Buffer.from(claims, 'base64url').toString()) as Claims,
      signed: Buffer.from(`${header}.${claims}`),
      signature: Buffer.from(signature, 'base64url'),
    };
  } catch {
    throw invalidClient(50027, 'JWT token is invalid or malformed.');
  }
}

function checkAudience({ claims }: Assertion, endpoint: string): void {
  if (claims['aud'] === endpoint) return;
  const message = `Client assertion contains an invalid audience: '${String(claims['aud'])}'. It has to be '${endpoint}'.`;
  throw invalidClient(700023, message);
}

function checkCertificate({ app }: World, assertion: Assertion): void {
  const { 'x5t#S256': sha256, x5t: sha1 } = assertion.header;
  const certificate = app.certificates.find(({ raw }) => {
    if (sha256 !== undefined) return digest('sha256', raw) === sha256;
    return digest('sha1', raw) === sha1;
  });
  if (certificate !== undefined && isSignedBy(assertion, certificate.publicKey)) return;
  const reason =
    certificate === undefined ? 'The key was not found.' : 'The key was used, and it did not verify.';
  const message = `The certificate with identifier used to sign the client assertion is not registered on application. [Reason - ${reason}]`;
  throw invalidClient(700027, message);
}

function checkFederated({ app }: World, assertion: Assertion): void {
  const { iss, sub, aud } = assertion.claims;
  function refuse(number: number, part: string, value: unknown): never {
    const message = `No matching federated identity record found for presented assertion ${part} '${String(value)}'. Check your federated identity credential Subject, Audience and Issuer against the presented assertion.`;
    throw invalidClient(number, message);
  }
  const issued = app.federatedCredentials.filter((each) => each.issuer === iss);
  if (issued.length === 0) refuse(700211, 'issuer', iss);
  const named = issued.filter((each) => each.subject === sub);
  if (named.length === 0) refuse(700213, 'subject', sub);
  const credential = named.find((each) => each.audience === aud);
  if (credential === undefined) refuse(700212, 'audience', aud);
  if (!isSignedBy(assertion, createPublicKey(credential.publicKey)))
    throw invalidClient(50013, 'Assertion failed signature validation.');
}

function isSignedBy({ header, signed, signature }: Assertion, key: KeyObject): boolean {
  if (header['alg'] === 'RS256') return verify('sha256', signed, key, signature);
  const pss = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  return header['alg'] === 'PS256' && verify('sha256', signed, pss, signature);
}

function digest(algorithm: string, certificate: Buffer): string {
  return createHash(algorithm).update(certificate).digest('base64url');
}
