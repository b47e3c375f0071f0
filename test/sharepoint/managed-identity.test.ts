import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';

import { AccessDenied, SharePointFailed, Throttled } from '../../src/sharepoint/errors.ts';
import { ManagedIdentityUnavailable } from '../../src/sharepoint/sign-in-errors.ts';
import { IdentityEndpoint, managedIdentity } from './identity-endpoint.ts';
import { SimulatedSharePoint } from './simulated-sharepoint.ts';

let sharepoint: SimulatedSharePoint;
let endpoint: IdentityEndpoint;

beforeAll(async () => {
  sharepoint = await SimulatedSharePoint.start();
  endpoint = await IdentityEndpoint.start();
  // As App Service and Functions tell of it.
  vi.stubEnv('IDENTITY_ENDPOINT', `${endpoint.origin}/msi/token`);
  vi.stubEnv('IDENTITY_HEADER', 'identity-header-canary');
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await sharepoint[Symbol.asyncDispose]();
});

beforeEach(() => {
  endpoint.requests.length = 0;
});

async function failureOf(clientId: string): Promise<Error> {
  return await sharepoint.failure(sharepoint.gateway({ signIn: managedIdentity(clientId) }).resolveFolder());
}

it('The system-assigned identity is asked for at the endpoint that Azure announces, once for many requests', async () => {
  await endpoint.giveTokens(sharepoint);
  const gateway = sharepoint.gateway({ signIn: managedIdentity(null) });
  await gateway.resolveFolder();
  await gateway.resolveFolder();
  expect(endpoint.requests).toEqual([
    {
      path: '/msi/token',
      query: { 'api-version': '2019-08-01', resource: sharepoint.connection.graphUrl },
      headers: expect.objectContaining({ 'x-identity-header': 'identity-header-canary' }) as object,
    },
  ]);
});

it('A user-assigned identity is asked for by its client id, and not through a proxy', async () => {
  await endpoint.giveTokens(sharepoint);
  vi.stubEnv('HTTP_PROXY', 'http://127.0.0.1:9');
  try {
    await sharepoint.gateway({ signIn: managedIdentity('identity-1') }).resolveFolder();
  } finally {
    vi.stubEnv('HTTP_PROXY', undefined);
  }
  expect(endpoint.requests[0]?.query).toMatchObject({ client_id: 'identity-1' });
});

it('An identity that was never assigned is refused in the words of the endpoint', async () => {
  endpoint.answer = [400, { error: 'invalid_request', error_description: 'Identity not found' }];
  const error = await failureOf('identity-2');
  expect(error).toBeInstanceOf(ManagedIdentityUnavailable);
  expect(error).toMatchObject({ clientId: 'identity-2', endpoint: endpoint.origin, retryable: false });
  expect(error.message).toMatch(/answered 400: Identity not found\. .*scheduler\.client_id/s);
});

it.each([
  [429, Throttled],
  [500, SharePointFailed],
])('An endpoint that answers %i is asked again by a later run', async (status, type) => {
  endpoint.answer = [status, { error: 'busy' }];
  const error = await failureOf('identity-3');
  expect(error).toBeInstanceOf(type);
  expect(error).toMatchObject({ retryable: true });
  expect(endpoint.requests).toHaveLength(1);
});

it('A token that was revoked is replaced by the one that the endpoint gives out by now, for the whole process', async () => {
  await endpoint.giveTokens(sharepoint);
  const gateway = sharepoint.gateway({ signIn: managedIdentity('identity-6') });
  await gateway.resolveFolder();
  sharepoint.simulator.app.revokeTokens(new Date());
  await endpoint.giveTokens(sharepoint);

  await gateway.resolveFolder();
  expect(endpoint.requests).toHaveLength(2);
  expect(endpoint.requests[1]?.query).toMatchObject({ client_id: 'identity-6' });

  await sharepoint.gateway({ signIn: managedIdentity('identity-6') }).resolveFolder();
  expect(endpoint.requests).toHaveLength(2);
});

it('A token that is refused stays refused while the endpoint gives out no other, and is asked for once a time', async () => {
  await endpoint.giveTokens(sharepoint);
  sharepoint.simulator.app.revokeTokens(new Date());
  const error = await failureOf('identity-4');
  expect(error).toBeInstanceOf(AccessDenied);
  expect(error).toMatchObject({ status: 401 });
  expect(endpoint.requests).toHaveLength(2);
});

it('Where no endpoint listens, the error says what is missing', async () => {
  const { origin } = endpoint;
  await endpoint[Symbol.asyncDispose]();
  const error = await failureOf('identity-5');
  expect(error).toBeInstanceOf(ManagedIdentityUnavailable);
  expect(error).toMatchObject({ endpoint: origin });
  expect(error.message).toContain(`Could not reach ${origin}: `);
  expect(error.message).toContain('Outside of Azure choose another sharepoint.sign_in');
});
