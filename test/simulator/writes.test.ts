import { beforeEach, expect, test } from 'vitest';

import type { Simulator } from '../../src/simulator/simulator.ts';
import {
  driveOf,
  type GraphItem,
  type GraphPage,
  HttpClient,
  temporaryDir,
  testSimulator,
} from './http-client.ts';

type Answer = Awaited<ReturnType<HttpClient['graph']>>;

const conflict = '@microsoft.graph.conflictBehavior';

let simulator: Simulator;
let stateDir: string;
let client: HttpClient;
let drive: string;

beforeEach(async () => {
  stateDir = await temporaryDir();
  await restart();
});

async function restart(): Promise<void> {
  simulator = await testSimulator({ stateDir });
  client = new HttpClient(simulator);
  drive = await driveOf(client);
}

test('a folder is made once; a second one conflicts, whatever its case, or gets another name', async () => {
  const made = await makeFolder('New', { [conflict]: 'fail' });
  const folder = (await made.json()) as GraphItem;

  expect(made.status).toBe(201);
  expect(folder).toMatchObject({ name: 'New', folder: { childCount: 0 } });
  expect((await makeFolder('NEW', { [conflict]: 'fail' })).status).toBe(409);
  expect((await makeFolder('new')).status).toBe(409);
  expect(await (await makeFolder('new', { [conflict]: 'replace' })).json()).toMatchObject({ id: folder.id });
  expect(await (await makeFolder('New', { [conflict]: 'rename' })).json()).toMatchObject({ name: 'New 1' });
  expect((await makeFolder('a:b')).status).toBe(400);
  expect((await client.graph(`${drive}/root:/Reports:/children`, { method: 'POST', body: '[' })).status).toBe(
    400,
  );
});

test('a file that is moved and renamed keeps its id and content, and only its eTag moves', async () => {
  const { id } = simulator.library.put('a.csv', 'content');
  const before = await client.json<GraphItem>(`${drive}/items/${id}`);
  const folder = (await (await makeFolder('Done')).json()) as GraphItem;

  const moved = await patch(id, { parentReference: { id: folder.id }, name: 'b.csv' });
  const item = (await moved.json()) as GraphItem;

  expect(moved.status).toBe(200);
  expect(item).toMatchObject({ id, name: 'b.csv', cTag: before.cTag, parentReference: { id: folder.id } });
  expect(item.eTag).toBe(before.eTag!.replace(',1"', ',2"'));
  expect(simulator.library.list()).toMatchObject([{ path: 'Done/b.csv', id }]);
  expect(simulator.library.read('Done/b.csv').toString()).toBe('content');
  expect((await client.graph(`${drive}/root:/Reports/a.csv`)).status).toBe(404);
  // A new file takes its place and has an id of its own.
  expect(simulator.library.put('a.csv', 'other').id).not.toBe(id);

  await simulator.close();
  await restart();
  expect(simulator.library.list().map(({ path }) => path)).toEqual(['a.csv', 'Done/b.csv']);
});

test('a name that is taken stops a move, unless that says otherwise', async () => {
  const { id } = simulator.library.put('a.csv', 'one');
  simulator.library.put('Done/A.csv', 'two');
  const { id: folder } = await client.json<GraphItem>(`${drive}/root:/Reports/Done`);
  const parentReference = { id: folder };

  expect((await patch(id, { parentReference })).status).toBe(409);
  expect(simulator.library.list()).toHaveLength(2);
  expect(await (await patch(id, { parentReference, [conflict]: 'rename' })).json()).toMatchObject({
    name: 'a 1.csv',
  });
  expect((await patch(id, { name: 'a.csv', [conflict]: 'replace' })).status).toBe(200);
  expect(simulator.library.list()).toMatchObject([{ path: 'Done/a.csv', id }]);
  // Only its case changes: that is no conflict with itself.
  expect((await patch(id, { name: 'A.CSV' })).status).toBe(200);
});

test('a change over a version that is no longer there is refused', async () => {
  const { id, eTag } = simulator.library.put('a.csv', 'one');
  simulator.library.put('a.csv', 'two');

  expect((await patch(id, { name: 'b.csv' }, { 'if-match': eTag })).status).toBe(412);
  expect(simulator.library.list()).toMatchObject([{ path: 'a.csv' }]);
});

test.each([
  ['to a folder that is not there', { parentReference: { id: '01NOWHERE' } }, 404],
  ['to the root by its name alone', { parentReference: { id: 'root' } }, 404],
  ['to another drive', { parentReference: { driveId: 'b!other', id: 'x' } }, 400],
  ['to an invalid name', { name: 'a*.csv' }, 400],
  ['to a text that is no path', { parentReference: { path: 'Done' } }, 400],
])('a move %s is refused', async (_, body, status) => {
  const { id } = simulator.library.put('a.csv', 'one');

  expect((await patch(id, body)).status).toBe(status);
  expect(simulator.library.list()).toMatchObject([{ path: 'a.csv' }]);
});

test('a move may name the new folder by its path, and no folder moves below itself', async () => {
  const { id } = simulator.library.put('a.csv', 'one');
  simulator.library.put('Done & over/x.csv', 'two');
  const { id: folder } = await client.json<GraphItem>(`${drive}/root:/Reports`);
  const { id: below } = await client.json<GraphItem>(`${drive}/root:/Reports/Done%20%26%20over`);

  const path = `${drive}/root:/Reports/Done%20%26%20over`;
  expect((await patch(id, { parentReference: { path } })).status).toBe(200);
  expect(simulator.library.list().map((file) => file.path)).toContain('Done & over/a.csv');
  expect((await patch(folder, { parentReference: { id: below } })).status).toBe(400);
});

test('a time of the client changes the eTag and nothing else', async () => {
  const { id, eTag, modifiedAt } = simulator.library.put('a.csv', 'one');

  const response = await patch(id, { fileSystemInfo: { lastModifiedDateTime: '2020-02-03T04:05:06.789Z' } });

  expect(await response.json()).toMatchObject({
    eTag: eTag.replace(',1"', ',2"'),
    lastModifiedDateTime: modifiedAt,
    fileSystemInfo: { lastModifiedDateTime: '2020-02-03T04:05:06Z' },
  });
});

test('delta shows a move within a folder as a change, and a move out of it as a deletion', async () => {
  const { id } = simulator.library.put('In/a.csv', 'one');
  const folder = await client.json<GraphItem>(`${drive}/root:/Reports/In`);
  const inner = (await (await makeFolder('Sub', {}, `items/${folder.id}`)).json()) as GraphItem;
  const outer = (await (await makeFolder('Out')).json()) as GraphItem;
  const first = await client.json<GraphPage>(`${drive}/items/${folder.id}/delta`);

  await patch(id, { parentReference: { id: inner.id } });
  const within = await client.json<GraphPage>(first['@odata.deltaLink']!);
  await patch(id, { parentReference: { id: outer.id } });
  const out = await client.json<GraphPage>(within['@odata.deltaLink']!);
  const whole = await client.json<GraphPage>(`${drive}/root/delta`);

  const of = ({ value }: GraphPage): GraphItem | undefined => value.find((item) => item.id === id);
  expect(of(within)).toMatchObject({ parentReference: { id: inner.id } });
  expect(of(out)).toMatchObject({ deleted: { state: 'deleted' } });
  expect(of(whole)).toMatchObject({ name: 'a.csv', parentReference: { id: outer.id } });
  expect(of(await client.json<GraphPage>(`${drive}/items/${folder.id}/delta`))).toBeUndefined();
});

test('each new content is a version, and former ones can be deleted', async () => {
  const { id } = simulator.library.put('a.csv', 'one');
  simulator.library.put('a.csv', 'three');
  await patch(id, { name: 'b.csv' });
  const versions = async (): Promise<{ id: string; size: number }[]> =>
    (await client.json<{ value: { id: string; size: number }[] }>(`${drive}/items/${id}/versions`)).value;

  expect(await versions()).toMatchObject([
    { id: '2.0', size: 5 },
    { id: '1.0', size: 3 },
  ]);
  const remove = (version: string): Promise<Answer> =>
    client.graph(`${drive}/items/${id}/versions/${version}`, { method: 'DELETE' });
  expect((await remove('2.0')).status).toBe(400);
  expect((await remove('1.0')).status).toBe(204);
  expect((await remove('1.0')).status).toBe(404);
  expect(await versions()).toMatchObject([{ id: '2.0' }]);
  expect(simulator.library.read('b.csv').toString()).toBe('three');
});

async function makeFolder(name: string, more: object = {}, parent = 'root:/Reports:'): Promise<Answer> {
  return await client.graph(`${drive}/${parent}/children`, {
    method: 'POST',
    body: JSON.stringify({ name, folder: {}, ...more }),
  });
}

async function patch(id: string, body: object, headers: Record<string, string> = {}): Promise<Answer> {
  return await client.graph(`${drive}/items/${id}`, { method: 'PATCH', body: JSON.stringify(body), headers });
}
