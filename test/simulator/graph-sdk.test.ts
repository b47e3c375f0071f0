import { readFileSync } from 'node:fs';
import { ClientSecretCredential } from '@azure/identity';
import { Client, GraphError, ResponseType } from '@microsoft/microsoft-graph-client';
import { TokenCredentialAuthenticationProvider } from '@microsoft/microsoft-graph-client/authProviders/azureTokenCredentials/index.js';
import { Agent, Dispatcher1Wrapper } from 'undici';
import { beforeEach, expect, test } from 'vitest';

import type { Simulator } from '../../src/simulator/simulator.ts';
import { type GraphPage, testSimulator } from './http-client.ts';

let simulator: Simulator;
let client: Client;

beforeEach(async () => {
  simulator = await testSimulator();
  client = sdkClient(simulator.connection.clientSecret);
});

/** Microsoft's own client, with Microsoft's own sign-in. */
function sdkClient(clientSecret: string): Client {
  const { tenantId, clientId, authorityUrl, graphUrl } = simulator.connection;
  const ca = readFileSync(simulator.caFile, 'utf8');
  const credential = new ClientSecretCredential(tenantId, clientId, clientSecret, {
    authorityHost: authorityUrl,
    disableInstanceDiscovery: true,
    tlsOptions: { ca },
  });
  return Client.initWithMiddleware({
    baseUrl: graphUrl,
    customHosts: new Set(['localhost']),
    fetchOptions: { dispatcher: new Dispatcher1Wrapper(new Agent({ connect: { ca } })) } as object,
    authProvider: new TokenCredentialAuthenticationProvider(credential, {
      scopes: ['https://graph.microsoft.com/.default'],
    }),
  });
}

async function drivePath(): Promise<string> {
  const site = (await client.api('/sites/contoso.sharepoint.com:/sites/ContactCentre').get()) as {
    id: string;
  };
  const drive = (await client.api(`/sites/${site.id}/drive`).get()) as { id: string };
  return `/drives/${drive.id}`;
}

test('it signs in, finds the library and reads its pages to the end', async () => {
  for (let index = 0; index < 5; index += 1) simulator.library.put(`f${index}.csv`, 'x');
  const names = [];

  let next: string | undefined = `${await drivePath()}/root:/Reports:/children?$top=2&$select=id,name`;
  while (next !== undefined) {
    const page = (await client.api(next).get()) as GraphPage;
    names.push(...page.value.map((item) => item.name));
    next = page['@odata.nextLink'];
  }

  expect(names).toEqual(['f0.csv', 'f1.csv', 'f2.csv', 'f3.csv', 'f4.csv']);
});

test('it downloads over the redirect, and its token stays behind', async () => {
  const { id } = simulator.library.put('a.csv', 'a,b\n1,2\n');

  const bytes = (await client
    .api(`${await drivePath()}/items/${id}/content`)
    .responseType(ResponseType.ARRAYBUFFER)
    .get()) as ArrayBuffer;

  expect(Buffer.from(bytes).toString()).toBe('a,b\n1,2\n');
  const [download] = simulator.requests.filter((request) => request.url.includes('download.aspx'));
  expect(download).toMatchObject({ authorized: false, status: 200 });
});

test('it reads errors with their code and request id', async () => {
  const error: unknown = await client
    .api(`${await drivePath()}/root:/nowhere`)
    .get()
    .catch((caught: unknown) => caught);

  expect(error).toBeInstanceOf(GraphError);
  expect(error).toMatchObject({
    statusCode: 404,
    code: 'itemNotFound',
    requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
  });
});

test('a wrong secret reaches its caller as AADSTS7000215', async () => {
  client = sdkClient('wrong');

  await expect(client.api('/sites/contoso.sharepoint.com:/sites/ContactCentre').get()).rejects.toThrow(
    'AADSTS7000215',
  );
});

test('it uploads and deletes', async () => {
  const drive = await drivePath();

  const uploaded = (await client.api(`${drive}/root:/Reports/up.csv:/content`).put('a,b\n')) as {
    id: string;
  };
  const held = simulator.library.read('up.csv').toString();
  await client.api(`${drive}/items/${uploaded.id}`).delete();

  expect(held).toBe('a,b\n');
  expect(simulator.library.list()).toEqual([]);
});
