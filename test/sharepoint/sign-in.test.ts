import { generateKeyPairSync, sign, X509Certificate } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { AccessDenied, SharePointUnreachable, SignInRefused } from '../../src/sharepoint/errors.ts';
import type { SignIn } from '../../src/sharepoint/sign-in.ts';
import { CertificateUnusable, FederatedTokenUnusable } from '../../src/sharepoint/sign-in-errors.ts';
import { rsaCertificate } from '../support/rsa-certificate.ts';
import { type KeyAndCertificate, TestAuthority } from '../support/test-certificates.ts';
import { SimulatedSharePoint } from './simulated-sharepoint.ts';

let sharepoint: SimulatedSharePoint;
let registered: KeyAndCertificate;

beforeAll(async () => {
  sharepoint = await SimulatedSharePoint.start();
  registered = await rsaCertificate();
  sharepoint.simulator.app.certificates.push(new X509Certificate(registered.certificate));
});

afterAll(async () => {
  await sharepoint[Symbol.asyncDispose]();
});

let files = 0;

async function fileWith(text: string): Promise<string> {
  const file = join(sharepoint.folder, `credential-${files++}`);
  await writeFile(file, text);
  return file;
}

function byCertificate(certificateFile: string): SignIn {
  const { tenantId, clientId } = sharepoint.simulator.connection;
  return { method: 'certificate', tenantId, clientId, certificateFile };
}

function byFederatedToken(tokenFile: string): SignIn {
  const { tenantId, clientId } = sharepoint.simulator.connection;
  return { method: 'workload_identity', tenantId, clientId, tokenFile };
}

async function failureOf(signIn: SignIn): Promise<Error> {
  return await sharepoint.failure(sharepoint.gateway({ signIn }).resolveFolder());
}

/** What came after the call, as the simulator has seen it. */
function requestsSince(start: number, what: RegExp): readonly string[] {
  const requests = sharepoint.simulator.requests.slice(start);
  return requests.map(({ method, url }) => `${method} ${url}`).filter((line) => what.test(line));
}

describe('A certificate', () => {
  it('signs in, wherever in the file the key stands, and with others beside it', async () => {
    const authority = await TestAuthority.create('above');
    for (const parts of [
      [registered.certificate, registered.key],
      [registered.key, authority.certificate, registered.certificate],
    ]) {
      const signIn = byCertificate(await fileWith(`Bag Attributes\n${parts.join('\n')}\n`));
      await expect(sharepoint.gateway({ signIn }).resolveFolder()).resolves.toBeDefined();
    }
  });

  it('that was replaced in its file counts at the next sign-in', async () => {
    const other = await rsaCertificate();
    const file = await fileWith(`${other.certificate}\n${other.key}`);
    const gateway = sharepoint.gateway({ signIn: byCertificate(file) });
    const error = await sharepoint.failure(gateway.resolveFolder());
    expect(error).toBeInstanceOf(SignInRefused);
    expect(error).toMatchObject({ code: 'AADSTS700027', retryable: false });
    expect(error.message).toContain('Upload the certificate of sharepoint.client_certificate_file');

    await writeFile(file, `${registered.certificate}\n${registered.key}`);
    await expect(gateway.resolveFolder()).resolves.toBeDefined();
  });

  const encrypted = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'canary' } as const;
  const rsa = () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;

  it.each<[string, () => string | Promise<string>, RegExp]>([
    ['holds no key', () => registered.certificate, /holds no private key/],
    ['holds no certificate', () => registered.key, /holds no certificate/],
    [
      'has a key with a passphrase',
      () => `${registered.certificate}\n${rsa().export(encrypted).toString()}`,
      /has a passphrase/,
    ],
    [
      'has the key of another certificate',
      () => `${registered.certificate}\n${rsa().export({ type: 'pkcs8', format: 'pem' }).toString()}`,
      /belongs to another certificate/,
    ],
    [
      'has a key that is not RSA',
      async () => {
        const { key, certificate } = await (await TestAuthority.create('elliptic')).issueClient('client');
        return `${certificate}\n${key}`;
      },
      /type ec, and Entra takes RSA/,
    ],
    ['has expired', () => pem(rsaCertificate([-48, -24])), /it expired on \d{4}-\d\d-\d\d/],
    ['is not valid yet', () => pem(rsaCertificate([24, 48])), /it is not valid before/],
    [
      'has a damaged key',
      () => registered.certificate + registered.key.replace(/\n[^\n]+\n/, '\n!!!!\n'),
      /key is damaged/,
    ],
    [
      'has a damaged certificate',
      () => registered.key + registered.certificate.replace(/\n[^\n]+\n/, '\nAAAA\n'),
      /certificate is damaged/,
    ],
  ])('whose file %s is refused before anything is sent', async (_, content, message) => {
    const file = await fileWith(await content());
    const start = sharepoint.simulator.requests.length;
    const error = await failureOf(byCertificate(file));
    expect(error).toBeInstanceOf(CertificateUnusable);
    expect(error).toMatchObject({ file, retryable: false });
    expect(error.message).toMatch(message);
    expect(error.message).toContain('sharepoint.client_certificate_file');
    expect(requestsSince(start, /./)).toEqual([]);
  });

  it('whose file is missing is refused with its name', async () => {
    const error = await failureOf(byCertificate('/nowhere/client.pem'));
    expect(error).toBeInstanceOf(CertificateUnusable);
    expect(error.message).toContain('/nowhere/client.pem: it cannot be read (ENOENT)');
  });
});

async function pem(made: Promise<KeyAndCertificate>): Promise<string> {
  const { certificate, key } = await made;
  return `${certificate}\n${key}`;
}

describe('A workload identity', () => {
  const issuer = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const trusted = {
    issuer: 'https://oidc.example/cluster',
    subject: 'system:serviceaccount:reporting:charlie',
    audience: 'api://AzureADTokenExchange',
  };

  beforeAll(() => {
    const publicKey = issuer.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    sharepoint.simulator.app.federatedCredentials.push({ ...trusted, publicKey });
  });

  function federatedToken(other: Record<string, unknown> = {}): string {
    const now = Math.floor(Date.now() / 1000);
    const { issuer: iss, subject: sub, audience: aud } = trusted;
    const claims = { iss, sub, aud, iat: now, nbf: now, exp: now + 3600, ...other };
    const content = [{ alg: 'RS256', typ: 'JWT', kid: 'cluster' }, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    return `${content}.${sign('sha256', Buffer.from(content), issuer.privateKey).toString('base64url')}`;
  }

  it('signs in with the token that the file holds at that time', async () => {
    const file = await fileWith(`${federatedToken()}\n`);
    const gateway = sharepoint.gateway({ signIn: byFederatedToken(file) });
    await expect(gateway.resolveFolder()).resolves.toBeDefined();

    // Each sign-in reads the file: there is nothing left of the token before.
    sharepoint.simulator.faults.failNext({ match: /GET \/v1.0\/sites/, status: 401 });
    await writeFile(file, federatedToken({ sub: 'system:serviceaccount:reporting:other' }));
    const error = await sharepoint.failure(gateway.resolveFolder());
    expect(error).toBeInstanceOf(SignInRefused);
    expect(error).toMatchObject({ code: 'AADSTS700213' });
    expect(error.message).toContain('federated credential');
  });

  it.each([
    ['is empty', () => '', /it is empty/],
    ['holds something else', () => 'not a token', /is no token/],
    ['holds three parts that are no token', () => 'a.b.c', /is no token/],
    ['holds an expired one', () => federatedToken({ exp: 1_700_000_000 }), /expired at 2023-11-14T22:13:20/],
  ])('whose file %s is refused before anything is sent', async (_, content, message) => {
    const file = await fileWith(content());
    const start = sharepoint.simulator.requests.length;
    const error = await failureOf(byFederatedToken(file));
    expect(error).toBeInstanceOf(FederatedTokenUnusable);
    expect(error).toMatchObject({ file, retryable: false });
    expect(error.message).toMatch(message);
    expect(requestsSince(start, /./)).toEqual([]);
  });

  it('whose file is missing is refused with its name', async () => {
    const error = await failureOf(byFederatedToken('/var/run/secrets/azure/tokens/none'));
    expect(error).toBeInstanceOf(FederatedTokenUnusable);
    expect(error.message).toContain('/var/run/secrets/azure/tokens/none: it cannot be read (ENOENT)');
  });
});

describe('An access token', () => {
  it('is kept until five minutes before it expires', async () => {
    const gateway = sharepoint.gateway();
    const { app, requests } = sharepoint.simulator;
    const start = requests.length;
    app.tokenLifetimeSeconds = 299;
    await gateway.resolveFolder();
    // Site, libraries and folder: each with a token of its own, since none is good for long.
    expect(requestsSince(start, /POST .*token/)).toHaveLength(3);
    app.tokenLifetimeSeconds = 3599;
    await gateway.resolveFolder();
    await gateway.resolveFolder();
    expect(requestsSince(start, /POST .*token/)).toHaveLength(4);
  });

  it('that was revoked is replaced by one with the claims that Graph demands', async () => {
    const { app, requests } = sharepoint.simulator;
    const gateway = sharepoint.gateway();
    await gateway.resolveFolder();
    app.revokeTokens(new Date());
    const start = requests.length;
    // Two at once: both are refused, and one sign-in serves them.
    await Promise.all([gateway.resolveFolder(), gateway.resolveFolder()]);
    expect(requestsSince(start, /POST .*token/)).toHaveLength(1);
    const refused = requests.slice(start).filter(({ status }) => status === 401);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThanOrEqual(2);
  });

  it('that is refused although it is fresh is replaced once, and then it is said', async () => {
    const start = sharepoint.simulator.requests.length;
    sharepoint.simulator.faults.failNext({ match: /GET \/v1.0\/sites/, status: 401, times: 2 });
    const error = await sharepoint.failure(sharepoint.gateway().resolveFolder());
    expect(error).toBeInstanceOf(AccessDenied);
    expect(error).toMatchObject({ status: 401, retryable: false });
    expect(error.message).toContain('a fresh one as well');
    expect(requestsSince(start, /GET \/v1.0/)).toHaveLength(2);
    expect(requestsSince(start, /POST .*token/)).toHaveLength(2);
  });

  it('without a role, or for a site that grants nothing, is refused with the permission to give', async () => {
    const { app } = sharepoint.simulator;
    try {
      app.roles = [];
      const withoutRole = await sharepoint.failure(sharepoint.gateway().resolveFolder());
      app.roles = ['Sites.Selected'];
      app.grants.delete('sites/ContactCentre');
      const withoutGrant = await sharepoint.failure(sharepoint.gateway().resolveFolder());
      for (const error of [withoutRole, withoutGrant]) {
        expect(error).toBeInstanceOf(AccessDenied);
        expect(error).toMatchObject({ status: 403, code: 'accessDenied' });
      }
    } finally {
      app.roles = ['Sites.Selected'];
      app.grants.set('sites/ContactCentre', 'write');
    }
  });

  it('cannot be had while the authority is away, also not by certificate', async () => {
    sharepoint.simulator.faults.failNext({ match: /openid-configuration/, drop: true });
    const signIn = byCertificate(await fileWith(`${registered.certificate}\n${registered.key}`));
    const error = await failureOf(signIn);
    expect(error).toBeInstanceOf(SharePointUnreachable);
    expect(error).toMatchObject({ retryable: true, code: 'ECONNRESET' });
  });
});
