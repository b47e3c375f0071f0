import { expect, it } from 'vitest';

import { connectionVariables } from '../../src/simulator/connection-variables.ts';
import { charlie } from '../support/charlie.ts';
import { IdentityEndpoint } from './identity-endpoint.ts';
import { SimulatedSharePoint } from './simulated-sharepoint.ts';

// A process of its own: MSAL keeps for good where it has asked first.
it('The identity of a virtual machine is asked for at the metadata service, as Azure demands', async () => {
  await using sharepoint = await SimulatedSharePoint.start();
  await using endpoint = await IdentityEndpoint.start();
  await endpoint.giveTokens(sharepoint);
  const checked = await charlie(['sharepoint', 'check'], {
    cwd: sharepoint.folder,
    env: {
      ...connectionVariables(sharepoint.simulator.connection),
      CHARLIE_SHAREPOINT__SIGN_IN: 'managed_identity',
      CHARLIE_SCHEDULER__CLIENT_ID: 'identity',
      // In the place of 169.254.169.254, which every virtual machine has.
      AZURE_POD_IDENTITY_AUTHORITY_HOST: endpoint.origin,
    },
  });
  expect(checked).toMatchObject({ exitCode: 0, stderr: '' });
  // Of the walk from site to file, one request has to sign in.
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
