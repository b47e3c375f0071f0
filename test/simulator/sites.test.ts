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

test.each([
  ['Sites.Selected opens what is granted alone', ['Sites.Selected'], { read: [200, 403], write: [201, 403] }],
  [
    'one for the whole tenant opens every site',
    ['Sites.ReadWrite.All'],
    { read: [200, 200], write: [201, 201] },
  ],
  ['one to read changes nothing', ['Files.Read.All'], { read: [200, 200], write: [403, 403] }],
  ['of two the larger counts', ['Sites.Read.All', 'Sites.Selected'], { read: [200, 200], write: [201, 403] }],
  ['one for something else opens none', ['User.Read.All'], { read: [403, 403], write: [403, 403] }],
])('of permissions %s', async (_, roles, { read, write }) => {
  const simulator = await testSimulator();
  simulator.app.roles = roles;
  const client = new HttpClient(simulator);
  async function statuses(action: string, init?: { method: string; body: string }): Promise<number[]> {
    const answers = [];
    for (const site of [sales, board])
      answers.push((await client.graph(`${site}:/drive/${action}`, init)).status);
    return answers;
  }

  expect(await statuses('root')).toEqual(read);
  expect(await statuses('root:/a.csv:/content', { method: 'PUT', body: 'a' })).toEqual(write);
});

test('a grant to read is one for a site and those below it, and for no other', async () => {
  const simulator = await testSimulator();
  const client = new HttpClient(simulator);
  async function puts(): Promise<number[]> {
    const answers = [];
    for (const site of [sales, `${sales}/EMEA`, '/sites/contoso.sharepoint.com:/sites/ContactCentre'])
      answers.push(
        (await client.graph(`${site}:/drive/root:/a.csv:/content`, { method: 'PUT', body: 'a' })).status,
      );
    return answers;
  }
  expect(await puts()).toEqual([201, 201, 201]);
  const body = JSON.stringify({ granted: true, role: 'read' });
  const shown = await client.raw('/sim/sites/Sales', { method: 'PUT', body });

  expect(await shown.json()).toMatchObject({ name: 'Sales', granted: true, role: 'read' });
  expect(await puts()).toEqual([403, 403, 200]);
  expect((await client.graph(`${sales}/EMEA:/drive/root:/a.csv`)).status).toBe(200);
});

test('a site below another has ids and libraries of its own in the same collection', async () => {
  const client = new HttpClient(await testSimulator());
  const [above, below] = [
    await client.json<{ id: string; root?: object }>(sales),
    await client.json<{ id: string; root?: object; webUrl: string }>(`${sales}/emea`),
  ];
  const drive = await client.json<Drive>(`/sites/${below.id}/drive`);

  expect(below.webUrl).toBe('https://contoso.sharepoint.com/sites/Sales/EMEA');
  expect(below.id.split(',')[1]).toBe(above.id.split(',')[1]);
  expect(below.id).not.toBe(above.id);
  expect([above.root, below.root]).toEqual([{}, undefined]);
  expect(drive.webUrl).toBe('https://contoso.sharepoint.com/sites/Sales/EMEA/Shared%20Documents');
});

test('the control plane lists sites and libraries, and knows no others', async () => {
  const simulator = await testSimulator();
  const client = new HttpClient(simulator);
  simulator.library.put('a.csv', '12345');

  const { value } = (await (await client.raw('/sim/sites')).json()) as { value: object[] };

  expect(value).toMatchObject([
    {
      name: 'ContactCentre',
      granted: true,
      role: 'write',
      libraries: [{ name: 'Documents', files: 1, bytes: 5 }],
    },
    { name: 'Sales', granted: true, libraries: [{ name: 'Documents' }, { name: 'Campaign Exports' }] },
    { name: 'EMEA', granted: true, libraries: [{ name: 'Documents' }] },
    { name: 'Board', granted: false, role: null, libraries: [{ name: 'Documents', files: 0 }] },
  ]);
  expect((await client.raw('/sim/sites/Nowhere', { method: 'PUT', body: '{"granted":true}' })).status).toBe(
    404,
  );
  expect((await client.raw('/sim/sites/Board', { method: 'PUT', body: '{"granted":"yes"}' })).status).toBe(
    400,
  );
});
