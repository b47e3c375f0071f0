import { constants, createHash, createPrivateKey, sign, X509Certificate } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { rsaCertificate } from '../support/rsa-certificate.ts';
import { HttpClient } from './http-client.ts';

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

let dir: string;
let simulator: Simulator;
let registered: { key: string; certificate: string };

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'charlie-assertion-'));
  simulator = await startSimulator({ port: 0, stateDir: dir, datasets: 'none' });
  registered = await rsaCertificate();
  simulator.app.certificates.push(new X509Certificate(registered.certificate));
});

afterAll(async () => {
  await simulator.close();
  await rm(dir, { recursive: true });
});

interface Parts {
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly key?: string;
}

/** As MSAL makes it, with other parts in their place. */
function assertion({ header = {}, claims = {}, key = registered.key }: Parts): string {
  const { clientId, tenantId } = simulator.connection;
  const now = Math.floor(Date.now() / 1000);
  const { raw } = new X509Certificate(registered.certificate);
  const whole = {
    header: { alg: 'PS256', typ: 'JWT', 'x5t#S256': digest('sha256', raw), ...header },
    claims: {
      aud: `${simulator.url}/${tenantId}/oauth2/v2.0/token`,
      iss: clientId,
      sub: clientId,
      jti: 'one',
      nbf: now,
      exp: now + 600,
      ...claims,
    },
  };
  const content = [whole.header, whole.claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  const signature = sign('sha256', Buffer.from(content), {
    key: createPrivateKey(key),
    ...(whole.header.alg === 'PS256' && pss),
  });
  return `${content}.${signature.toString('base64url')}`;
}

function digest(algorithm: string, bytes: Buffer): string {
  return createHash(algorithm).update(bytes).digest('base64url');
}

async function signIn(
  client_assertion: string,
  form = {},
): Promise<{ status: number; error?: string; codes?: number[] }> {
  const response = await new HttpClient(simulator).token({
    client_secret: undefined,
    client_assertion_type: assertionType,
    client_assertion,
    ...form,
  });
  const body = (await response.json()) as { error?: string; error_codes?: number[] };
  return {
    status: response.status,
    ...(body.error !== undefined && { error: body.error, codes: body.error_codes ?? [] }),
  };
}

test('An assertion signs in with PS256, and with RS256 and the older thumbprint', async () => {
  const { raw } = new X509Certificate(registered.certificate);
  const older = { alg: 'RS256', 'x5t#S256': undefined, x5t: digest('sha1', raw) };
  expect(await signIn(assertion({}))).toEqual({ status: 200 });
  expect(await signIn(assertion({ header: older }))).toEqual({ status: 200 });
});

const seconds = (offset: number): number => Math.floor(Date.now() / 1000) + offset;

test.each<[string, () => Parts | Promise<Parts>, number]>([
  ['for another audience', () => ({ claims: { aud: 'https://login.example/token' } }), 700023],
  ['of another application', () => ({ claims: { sub: 'somebody' } }), 700021],
  ['that has expired', () => ({ claims: { exp: seconds(-1) } }), 700024],
  ['that never expires', () => ({ claims: { exp: undefined } }), 700024],
  ['that is not valid yet', () => ({ claims: { nbf: seconds(1000) } }), 700024],
  ['of a certificate that is not registered', () => ({ header: { 'x5t#S256': 'AAAA' } }), 700027],
  ['signed by another key', async () => ({ key: (await rsaCertificate()).key }), 700027],
  ['that names another algorithm than it is signed with', () => ({ header: { alg: 'none' } }), 700027],
])('An assertion %s is refused', async (_, parts, code) => {
  expect(await signIn(assertion(await parts()))).toEqual({
    status: 401,
    error: 'invalid_client',
    codes: [code],
  });
});

test('What is no assertion is refused, and so is one without its type', async () => {
  expect(await signIn('rubbish')).toMatchObject({ status: 401, codes: [50027] });
  expect(await signIn(assertion({}), { client_assertion_type: undefined })).toMatchObject({
    status: 400,
    codes: [900144],
  });
});

test('A revoked token is refused with claims for those who can answer them, and a token with these claims works', async () => {
  const client = new HttpClient(simulator);
  const capable = { access_token: { xms_cc: { values: ['cp1'] } } };
  const ask = async (token: string) => {
    const response = await client.raw('/v1.0/sites/contoso.sharepoint.com', {
      headers: { authorization: `Bearer ${token}` },
    });
    return { status: response.status, challenge: response.headers.get('www-authenticate') ?? '' };
  };
  const [plain, able] = [await client.signIn(), await client.signIn({ claims: JSON.stringify(capable) })];
  simulator.app.revokeTokens(new Date());

  expect(await ask(plain)).toMatchObject({
    status: 401,
    challenge: expect.not.stringContaining('claims=') as string,
  });
  const refused = await ask(able);
  expect(refused).toMatchObject({ status: 401 });
  expect(refused.challenge).toContain('error="insufficient_claims"');
  const claims = Buffer.from(/ claims="(.+?)"/.exec(refused.challenge)?.[1] ?? '', 'base64').toString();
  const demanded = JSON.parse(claims) as { access_token: object };
  expect(demanded).toEqual({
    access_token: { nbf: { essential: true, value: expect.any(String) as string } },
  });

  const merged = { access_token: { ...capable.access_token, ...demanded.access_token } };
  expect((await ask(await client.signIn({ claims: JSON.stringify(capable) }))).status).toBe(401);
  expect((await ask(await client.signIn({ claims: JSON.stringify(merged) }))).status).not.toBe(401);
  expect((await ask(await client.signIn())).status).not.toBe(401);
});
