import { expect, test } from 'vitest';

import { type GraphItem, type GraphPage, HttpClient, temporaryDir, testSimulator } from './http-client.ts';

interface Drive {
  id: string;
  name: string;
  webUrl: string;
}

const sales = '/sites/contoso.sharepoint.com:/sites/Sales';
const board = '/sites/contoso.sharepoint.com:/sites/Board';

test('a site with several libraries lists each with its own id, and has the first for its default', async () => {
  const client = new HttpClient(await testSimulator());
  const site = await client.json<{ id: string; displayName: string }>(sales);

  const { value } = await client.json<{ value: Drive[] }>(`/sites/${site.id}/drives`);
  const byPath = await client.json<{ value: Drive[] }>(`${sales}:/drives`);
  const byDefault = await client.json<Drive>(`/sites/${site.id}/drive`);

  expect(site.displayName).toBe('Sales');
  expect(value.map(({ name, webUrl }) => [name, webUrl])).toEqual([
    ['Documents', 'https://contoso.sharepoint.com/sites/Sales/Shared%20Documents'],
    ['Campaign Exports', 'https://contoso.sharepoint.com/sites/Sales/CampaignExports'],
  ]);
  expect(byPath.value).toEqual(value);
  expect(byDefault.id).toBe(value[0]!.id);
  expect(new Set(value.map(({ id }) => id)).size).toBe(2);
});

test('libraries hold items of their own: the same path has other ids and contents, also after a restart', async () => {
  const stateDir = await temporaryDir();
  const simulator = await testSimulator({ stateDir });
  const client = new HttpClient(simulator);
  const { value } = await client.json<{ value: Drive[] }>(`${sales}:/drives`);
  const drives = value.map(({ id }) => `/drives/${id}`);
  const files: GraphItem[] = [];
  for (const drive of drives) {
    const address = `${drive}/root:/Reports/a.csv:/content`;
    files.push(await client.json<GraphItem>(address, { method: 'PUT', body: `of ${drive}` }));
  }
  const home = simulator.library.put('a.csv', 'of the connection');
  const session = await client.json<{ uploadUrl: string }>(
    `${drives[1]!}/root:/Reports/z.csv:/createUploadSession`,
    { method: 'POST', body: '{}' },
  );
  const piece = { 'content-range': 'bytes 0-2/3' };
  const uploaded = await client.raw(session.uploadUrl, { method: 'PUT', body: 'abc', headers: piece });

  async function contents(): Promise<string[]> {
    const texts = [];
    for (const drive of drives) {
      const { value: items } = await client.json<GraphPage>(`${drive}/root:/Reports:/children`);
      texts.push(await (await client.raw(items[0]!['@microsoft.graph.downloadUrl']!)).text());
    }
    return texts;
  }
  const before = await contents();
  const elsewhere = await client.graph(`${drives[0]!}/items/${files[1]!.id}`);
  await simulator.close();
  const again = new HttpClient(await testSimulator({ stateDir }));
  const found = await again.json<GraphItem>(`${drives[1]!}/root:/Reports/a.csv`);
  const bySession = await again.json<GraphItem>(`${drives[1]!}/root:/Reports/z.csv`);

  expect(before).toEqual(drives.map((drive) => `of ${drive}`));
  expect(new Set([...files.map(({ id }) => id), home.id]).size).toBe(3);
  expect(elsewhere.status).toBe(404);
  expect(found.id).toBe(files[1]!.id);
  expect([uploaded.status, bySession.size]).toEqual([201, 3]);
});

test('a site that the application was not given is refused, by every address, until it is', async () => {
  const simulator = await testSimulator();
  const client = new HttpClient(simulator);
  async function grant(granted: boolean): Promise<{ id: string; libraries: { driveId: string }[] }> {
    const response = await client.raw('/sim/sites/Board', {
      method: 'PUT',
      body: JSON.stringify({ granted }),
    });
    return (await response.json()) as Awaited<ReturnType<typeof grant>>;
  }
  const { id, libraries } = await grant(false);
  const addresses = [board, `/sites/${id}/drives`, `/drives/${libraries[0]!.driveId}/root`];
  async function statuses(): Promise<number[]> {
    const answers = [];
    for (const address of addresses) answers.push((await client.graph(address)).status);
    return answers;
  }
  const refused = await client.graph(board);

  expect(await refused.json()).toMatchObject({ error: { code: 'accessDenied', message: 'Access denied' } });
  expect(await statuses()).toEqual([403, 403, 403]);
  await grant(true);
  expect(await statuses()).toEqual([200, 200, 200]);
});

test('the control plane lists sites and libraries, and knows no others', async () => {
  const simulator = await testSimulator();
  const client = new HttpClient(simulator);
  simulator.library.put('a.csv', '12345');

  const { value } = (await (await client.raw('/sim/sites')).json()) as { value: object[] };

  expect(value).toMatchObject([
    { name: 'ContactCentre', granted: true, libraries: [{ name: 'Documents', files: 1, bytes: 5 }] },
    { name: 'Sales', granted: true, libraries: [{ name: 'Documents' }, { name: 'Campaign Exports' }] },
    { name: 'Board', granted: false, libraries: [{ name: 'Documents', files: 0 }] },
  ]);
  expect((await client.raw('/sim/sites/Nowhere', { method: 'PUT', body: '{"granted":true}' })).status).toBe(
    404,
  );
  expect((await client.raw('/sim/sites/Board', { method: 'PUT', body: '{"granted":"yes"}' })).status).toBe(
    400,
  );
});
