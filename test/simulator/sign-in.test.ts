import { expect, test } from 'vitest';

import { HttpClient, testSimulator } from './http-client.ts';

interface SignInFailure {
  error: string;
  error_codes: number[];
  error_description: string;
}

test('the authority describes its endpoints under its own address', async () => {
  const simulator = await testSimulator();
  const authority = `${simulator.url}/${simulator.connection.tenantId}`;

  const response = await new HttpClient(simulator).raw(`${authority}/v2.0/.well-known/openid-configuration`);

  expect(await response.json()).toMatchObject({
    token_endpoint: `${authority}/oauth2/v2.0/token`,
    authorization_endpoint: `${authority}/oauth2/v2.0/authorize`,
    issuer: expect.stringContaining(simulator.connection.tenantId) as string,
    jwks_uri: expect.stringContaining(authority) as string,
  });
});

test('the secret signs in from the form and from the Authorization header', async () => {
  const simulator = await testSimulator();
  const client = new HttpClient(simulator);
  const { clientId, clientSecret } = simulator.connection;
  const basic = Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`).toString(
    'base64',
  );

  const fromForm = await client.token();
  const fromHeader = await client.token(
    { client_id: undefined, client_secret: undefined, scope: '.default' },
    { authorization: `Basic ${basic}` },
  );

  expect(await fromForm.json()).toMatchObject({ token_type: 'Bearer', expires_in: 3599 });
  expect(fromHeader.status).toBe(200);
});

test.each([
  ['a wrong secret', { client_secret: 'guess' }, 401, 'invalid_client', 7000215],
  ['no secret', { client_secret: undefined }, 401, 'invalid_client', 7000216],
  ['an unknown client', { client_id: 'nobody' }, 400, 'unauthorized_client', 700016],
  ['another scope', { scope: 'https://graph.microsoft.com/Files.Read' }, 400, 'invalid_scope', 1002012],
  ['another grant', { grant_type: 'password' }, 400, 'unsupported_grant_type', 70003],
])('%s is refused as Microsoft refuses it', async (...[, form, status, error, number]) => {
  const response = await new HttpClient(await testSimulator()).token(form);

  expect(response.status).toBe(status);
  const body = (await response.json()) as SignInFailure;
  expect(body).toMatchObject({ error, error_codes: [number] });
  expect(body.error_description).toMatch(new RegExp(`^AADSTS${number}: .* Trace ID: .* Timestamp: .*Z$`));
});

test('an unknown tenant is refused at both endpoints', async () => {
  const client = new HttpClient(await testSimulator());

  const answers = await Promise.all([
    client.token({}, {}, 'elsewhere'),
    client.raw('/elsewhere/v2.0/.well-known/openid-configuration'),
  ]);

  for (const answer of answers) {
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: 'invalid_request', error_codes: [90002] });
  }
});

test('Graph asks for a token, and says why one is not good', async () => {
  let now = new Date('2026-11-22T12:00:00Z');
  const simulator = await testSimulator({ now: () => now });
  const client = new HttpClient(simulator);
  const token = await client.signIn();
  const download = await client.json<{ '@microsoft.graph.downloadUrl': string }>(
    `/drives/${await driveId(client)}/items/${simulator.library.put('a.csv', 'a').id}`,
  );
  const notForGraph = new URL(download['@microsoft.graph.downloadUrl']).searchParams
    .get('tempauth')!
    .slice(3);
  async function ask(
    authorization?: string,
  ): Promise<{ status: number; why: string; challenge: string | null }> {
    const response = await client.raw('/v1.0/sites/x', {
      headers: authorization === undefined ? {} : { authorization },
    });
    const body = (await response.json()) as { error: { code: string; message: string } };
    return {
      status: response.status,
      why: `${body.error.code}: ${body.error.message}`,
      challenge: response.headers.get('www-authenticate'),
    };
  }

  const without = await ask();
  expect(without).toMatchObject({ status: 401, why: 'InvalidAuthenticationToken: Access token is empty.' });
  expect(without.challenge).toContain('Bearer realm=""');
  expect((await ask('Bearer rubbish')).why).toContain('CompactToken parsing failed');
  expect((await ask(`Bearer ${token.slice(0, -4)}AAAA`)).status).toBe(401);
  expect((await ask(`Bearer ${notForGraph}`)).why).toContain('Invalid audience');
  expect((await ask(`Bearer ${token}`)).status).toBe(404);
  now = new Date('2026-11-22T13:00:00Z');
  expect((await ask(`Bearer ${token}`)).why).toContain('the token is expired');
});

async function driveId(client: HttpClient): Promise<string> {
  const site = await client.json<{ id: string }>('/sites/contoso.sharepoint.com:/sites/ContactCentre');
  return (await client.json<{ id: string }>(`/sites/${site.id}/drive`)).id;
}
