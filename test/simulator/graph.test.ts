import { beforeEach, expect, test } from 'vitest';

import { quickXorHash } from '../../src/simulator/quick-xor-hash.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { driveOf, type GraphItem, type GraphPage, HttpClient, testSimulator } from './http-client.ts';

interface Failure {
  error: { code: string; message: string; innerError: Record<string, string> };
}

let simulator: Simulator;
let client: HttpClient;
let drive: string;

beforeEach(async () => {
  simulator = await testSimulator({ now: () => new Date('2026-11-22T12:00:00.500Z') });
  client = new HttpClient(simulator);
  drive = await driveOf(client);
});

test('a site is found by its host and path, whatever their case', async () => {
  const site = await client.json<Record<string, string>>(
    '/sites/Contoso.sharepoint.com:/sites/contactcentre:',
  );

  expect(site).toMatchObject({
    name: 'ContactCentre',
    webUrl: 'https://contoso.sharepoint.com/sites/ContactCentre',
  });
  expect(site['id']).toMatch(/^contoso\.sharepoint\.com,[0-9a-f-]{36},[0-9a-f-]{36}$/);
  expect(await client.json(`/sites/${encodeURIComponent(site['id']!)}?$select=id`)).toMatchObject({
    id: site['id'],
  });
});

test.each([
  ['/sites/contoso.sharepoint.com:/sites/Nowhere', 404, 'itemNotFound', 'Requested site could not be found'],
  [
    '/sites/fabrikam.sharepoint.com:/sites/ContactCentre',
    400,
    'invalidRequest',
    'Invalid hostname for this tenancy',
  ],
  ['/drives/b!nonsense/root', 400, 'invalidRequest', 'drive id appears to be malformed'],
  ['/users', 400, 'BadRequest', "segment 'users'"],
])('%s is answered with %i %s', async (path, status, code, message) => {
  const response = await client.graph(path, { headers: { 'client-request-id': 'from-the-client' } });

  expect(response.status).toBe(status);
  const { error } = (await response.json()) as Failure;
  expect(error.code).toBe(code);
  expect(error.message).toContain(message);
  expect(error.innerError['request-id']).toBe(response.headers.get('request-id'));
  expect(error.innerError['client-request-id']).toBe('from-the-client');
});

test('the default library is called Documents and lives at Shared Documents', async () => {
  const site = await client.json<{ id: string }>('/sites/contoso.sharepoint.com:/sites/ContactCentre');
  const { value } = await client.json<{ value: object[] }>(
    `/sites/${site.id}/drives?$select=id,name,webUrl,driveType`,
  );

  expect(value).toEqual([
    {
      id: expect.stringMatching(/^b![\w-]{64}$/) as string,
      name: 'Documents',
      webUrl: 'https://contoso.sharepoint.com/sites/ContactCentre/Shared%20Documents',
      driveType: 'documentLibrary',
    },
  ]);
});

test('answers carry the headers of Graph', async () => {
  const { headers } = await client.graph(`${drive}/root`, { headers: { 'client-request-id': 'mine' } });

  expect(headers.get('request-id')).toMatch(/^[0-9a-f-]{36}$/);
  expect(headers.get('client-request-id')).toBe('mine');
  expect(headers.get('content-type')).toContain('application/json;odata.metadata=minimal');
  expect(headers.get('x-ms-ags-diagnostic')).toContain('ServerInfo');
  // A browser would apply it to all ports of localhost.
  expect(headers.get('strict-transport-security')).toBeNull();
});

test('a file shows its size, hash, tags and place', async () => {
  simulator.library.put('Autumn/calls 1.csv', 'a,b\n1,2\n', { modifiedAt: new Date('2026-11-20T08:00:00Z') });

  const file = await client.json<GraphItem>(`${drive}/root:/Reports/Autumn/calls%201.csv`);

  const guid = /^"\{([0-9A-F-]{36})\},1"$/.exec(file.eTag!)![1]!;
  expect(file).toMatchObject({
    name: 'calls 1.csv',
    size: 8,
    cTag: `"c:{${guid}},1"`,
    lastModifiedDateTime: '2026-11-20T08:00:00Z',
    file: { mimeType: 'text/csv', hashes: { quickXorHash: quickXorHash(Buffer.from('a,b\n1,2\n')) } },
    parentReference: { driveType: 'documentLibrary', path: `${drive}/root:/Reports/Autumn` },
  });
  expect(file.id).toMatch(/^01[A-Z2-7]{32}$/);
  expect(file['@microsoft.graph.downloadUrl']).toContain(guid.toLowerCase());
});

test('an empty file has no hash, and a folder no cTag', async () => {
  simulator.library.put('empty.csv', '');

  const file = await client.json<GraphItem>(`${drive}/root:/Reports/empty.csv`);
  const folder = await client.json<GraphItem>(`${drive}/root:/Reports`);

  expect(file.file?.hashes).toEqual({});
  expect(folder).toMatchObject({ folder: { childCount: 1 }, size: 0 });
  expect(folder).not.toHaveProperty('cTag');
  expect(folder).not.toHaveProperty('@microsoft.graph.downloadUrl');
});

test('every way to address a path leads to the same item', async () => {
  const name = "Q3 100% #1 'a'+b & ü.csv";
  const { id } = simulator.library.put(`Old/${name}`, 'x');
  const encoded = encodeURIComponent(name);
  const { id: folder } = await client.json<GraphItem>(`${drive}/root:/Reports`);

  for (const path of [
    `/root:/Reports/Old/${encoded}`,
    `/root:/reports/OLD/${encoded}:`,
    `/root:/Reports/Old/${encoded}:/`,
    `/items/root:/Reports/Old/${encoded}:`,
    `/items/${encodeURIComponent(`root:/Reports/Old/${name}:`)}`,
    `/items/${folder}:/Old/${encoded}:`,
    `/items/${id}`,
  ]) {
    expect(await client.json<GraphItem>(drive + path), path).toMatchObject({ id, name });
  }
});

test('what is not there is not found, and ids mind their case', async () => {
  const { id } = simulator.library.put('a.csv', 'a');

  for (const path of ['/root:/Reports/b.csv', '/root:/Reports/a.csv/b.csv', `/items/${id.toLowerCase()}`]) {
    const response = await client.graph(drive + path);
    expect(response.status).toBe(404);
    expect(((await response.json()) as Failure).error.code).toBe('itemNotFound');
  }
  expect((await client.graph(`${drive}/root:/%zz`)).status).toBe(400);
});

test('a listing has pages of 200, or of as many as asked for up to 1000, and ends without a link', async () => {
  for (let index = 0; index < 1105; index += 1)
    simulator.library.put(`f${String(index).padStart(4, '0')}.csv`, 'x');

  const byDefault = await pages(`${drive}/root:/Reports:/children`);
  const bySeven = await pages(`${drive}/root:/Reports:/children?$top=553&$select=id,name`);
  const byTooMany = await pages(`${drive}/root:/Reports:/children?$top=5000`);

  expect(byDefault.map((page) => page.value.length)).toEqual([200, 200, 200, 200, 200, 105]);
  expect(bySeven.map((page) => page.value.length)).toEqual([553, 552]);
  expect(byTooMany.map((page) => page.value.length)).toEqual([1000, 105]);
  expect(byDefault[0]!['@odata.nextLink']).toMatch(/^https:\/\/localhost:\d+\/v1\.0\/.*\$skiptoken=[\w-]+$/);
  expect(byDefault.at(-1)).not.toHaveProperty('@odata.nextLink');
  expect(new Set(bySeven.flatMap((page) => page.value.map((item) => item.id))).size).toBe(1105);
  expect(bySeven[1]!.value.every((item) => Object.keys(item).sort().join() === 'id,name')).toBe(true);
});

test('files that come and go between pages shift none of the others', async () => {
  for (const name of ['b', 'c', 'd', 'e']) simulator.library.put(name, name);
  const first = await client.json<GraphPage>(`${drive}/root:/Reports:/children?$top=2`);
  simulator.library.remove('b');
  simulator.library.put('a', 'a');

  const second = await client.json<GraphPage>(first['@odata.nextLink']!);

  expect([first, second].map((page) => page.value.map((item) => item.name))).toEqual([
    ['b', 'c'],
    ['d', 'e'],
  ]);
});

test('$select limits the properties, with or without its $', async () => {
  simulator.library.put('a.csv', 'a');
  const children = `${drive}/root:/Reports:/children`;
  async function keysOf(query: string): Promise<string[]> {
    return Object.keys((await client.json<GraphPage>(children + query)).value[0]!).sort();
  }

  expect(await keysOf('?$select=id,name')).toEqual(['id', 'name']);
  expect(await keysOf('?select=name')).toEqual(['name']);
  expect(await keysOf('?$select=id,@microsoft.graph.downloadUrl')).toEqual([
    '@microsoft.graph.downloadUrl',
    'id',
  ]);
  expect(await keysOf('')).toContain('@microsoft.graph.downloadUrl');
  expect((await client.graph(`${children}?$select=id,nmae`)).status).toBe(400);
  expect((await client.graph(`${children}?$top=some`)).status).toBe(400);
  expect((await client.graph(`${children}?$skiptoken=rubbish`)).status).toBe(400);
});

test('If-None-Match saves the body of an item that is unchanged', async () => {
  const { id, eTag } = simulator.library.put('a.csv', 'a');
  async function ask(): ReturnType<HttpClient['graph']> {
    return await client.graph(`${drive}/items/${id}`, { headers: { 'if-none-match': eTag } });
  }

  const unchanged = await ask();
  simulator.library.put('a.csv', 'b');

  expect(unchanged.status).toBe(304);
  expect(await unchanged.text()).toBe('');
  expect((await ask()).status).toBe(200);
});

test('a small upload makes a file and its folders, and replaces one under the same id', async () => {
  async function put(body: string, query = ''): ReturnType<HttpClient['graph']> {
    return await client.graph(`${drive}/root:/Reports/New/a.csv:/content${query}`, { method: 'PUT', body });
  }

  const created = await put('one');
  const replaced = await put('two, longer');

  expect([created.status, replaced.status]).toEqual([201, 200]);
  const [before, after] = [(await created.json()) as GraphItem, (await replaced.json()) as GraphItem];
  expect(after).toMatchObject({ id: before.id, size: 11 });
  expect(after.eTag).toBe(before.eTag!.replace(',1"', ',2"'));
  expect(simulator.library.read('New/a.csv').toString()).toBe('two, longer');
  expect((await put('three', '?@microsoft.graph.conflictBehavior=fail')).status).toBe(409);
});

test('an upload over a version that is no longer there is refused', async () => {
  const { eTag } = simulator.library.put('a.csv', 'one');
  simulator.library.put('a.csv', 'two');

  const response = await client.graph(`${drive}/root:/Reports/a.csv:/content`, {
    method: 'PUT',
    body: 'three',
    headers: { 'if-match': eTag },
  });

  expect(response.status).toBe(412);
  expect(simulator.library.read('a.csv').toString()).toBe('two');
});

test('an upload of no bytes is an empty file', async () => {
  const response = await client.graph(`${drive}/root:/Reports/empty.csv:/content`, {
    method: 'PUT',
    body: '',
  });

  expect(response.status).toBe(201);
  expect(await response.json()).toMatchObject({ name: 'empty.csv', size: 0 });
});

test('what is deleted is gone, and a new file in its place has another id', async () => {
  const former = simulator.library.put('a.csv', 'a');
  async function remove(headers: Record<string, string> = {}): ReturnType<HttpClient['graph']> {
    return await client.graph(`${drive}/items/${former.id}`, { method: 'DELETE', headers });
  }

  expect((await remove({ 'if-match': '"{OTHER},1"' })).status).toBe(412);
  expect((await remove({ 'if-match': former.eTag })).status).toBe(204);
  expect((await remove()).status).toBe(404);
  expect(simulator.library.list()).toEqual([]);
  expect(simulator.library.put('a.csv', 'a').id).not.toBe(former.id);
});

async function pages(path: string): Promise<GraphPage[]> {
  const all = [];
  for (let next: string | undefined = path; next !== undefined; next = all.at(-1)?.['@odata.nextLink']) {
    all.push(await client.json<GraphPage>(next));
  }
  return all;
}

test('what Graph has no action for is said in the same words of a file, a folder and a drive', async () => {
  const { id } = simulator.library.put('a.csv', 'a');
  for (const place of [`${drive}/items/${id}`, `${drive}/root`, drive]) {
    const answer = await client.graph(`${place}/preview`);
    const { error } = (await answer.json()) as { error: { message: string } };
    expect([answer.status, error.message]).toEqual([400, "Resource not found for the segment 'preview'."]);
  }
  expect((await client.graph(`${drive}/items/${id}/content`, { method: 'PATCH', body: '{}' })).status).toBe(
    405,
  );
  expect((await client.graph(`${drive}/items/${id}/delta`)).status).toBe(400);
});
