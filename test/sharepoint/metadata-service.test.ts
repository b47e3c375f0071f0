import { expect, it, vi } from 'vitest';

import { IdentityEndpoint, managedIdentity } from './identity-endpoint.ts';
import { SimulatedSharePoint } from './simulated-sharepoint.ts';

it('The identity of a virtual machine is asked for at the metadata service, as Azure demands', async () => {
  await using sharepoint = await SimulatedSharePoint.start();
  await using endpoint = await IdentityEndpoint.start();
  await endpoint.giveTokens(sharepoint);
  // In the place of 169.254.169.254, which every virtual machine has.
  vi.stubEnv('AZURE_POD_IDENTITY_AUTHORITY_HOST', endpoint.origin);
  await sharepoint.gateway({ signIn: managedIdentity('identity') }).resolveFolder();
  vi.unstubAllEnvs();
  expect(endpoint.requests).toEqual([
    {
      path: '/metadata/identity/oauth2/token/',
      query: {
        'api-version': '2018-02-01',
        resource: sharepoint.connection.graphUrl,
        client_id: 'identity',
      },
      headers: expect.objectContaining({ metadata: 'true' }) as object,
    },
  ]);
});
