import { beforeEach, expect, test } from 'vitest';

import type { Simulator } from '../../src/simulator/simulator.ts';
import { driveOf, type GraphItem, type GraphPage, HttpClient, testSimulator } from './http-client.ts';

let simulator: Simulator;
let client: HttpClient;
let drive: string;

beforeEach(async () => {
  simulator = await testSimulator();
  client = new HttpClient(simulator);
  drive = await driveOf(client);
});

function namesOf({ value }: GraphPage): string[] {
  return value.map(({ name }) => name);
}

test('a drive is found by its id also when the ! in it is encoded, and its root by all three addresses', async () => {
  const { id } = await client.json<GraphItem>(`${drive}/root`);

  for (const address of [
    `${drive.replace('!', '%21')}/root`,
    `${drive}/items/root`,
    `${drive}/items/${id}`,
  ]) {
    expect(await client.json(address)).toMatchObject({
      id,
      name: 'root',
      root: {},
      parentReference: { driveType: 'documentLibrary' },
    });
  }
});

test('a next link means the same with its parameters in any order', async () => {
  for (const name of ['a', 'b', 'c']) simulator.library.put(name, name);
  const first = await client.json<GraphPage>(`${drive}/root:/Reports:/children?$select=id,name&$top=2`);
  const link = new URL(first['@odata.nextLink']!);

  const turned = link.search.slice(1).split('&').reverse().join('&');
  const second = await client.json<GraphPage>(`${link.origin}${link.pathname}?${turned}`);

  expect(turned).not.toBe(link.search.slice(1));
  expect(second.value).toEqual([{ id: expect.any(String) as string, name: 'c' }]);
});

test.each([
  ['name', ['a.csv', 'B.csv', 'c.csv', 'D.csv']],
  ['name asc', ['a.csv', 'B.csv', 'c.csv', 'D.csv']],
  ['name desc', ['D.csv', 'c.csv', 'B.csv', 'a.csv']],
])('$orderby=%s holds over pages', async (order, expected) => {
  for (const name of ['c.csv', 'a.csv', 'D.csv', 'B.csv']) simulator.library.put(name, name);

  const names = [];
  let next: string | undefined =
    `${drive}/root:/Reports:/children?$top=2&$orderby=${encodeURIComponent(order)}`;
  while (next !== undefined) {
    const page: GraphPage = await client.json(next);
    names.push(...namesOf(page));
    next = page['@odata.nextLink'];
  }

  expect(names).toEqual(expected);
});

test('$skip, $filter and an order by anything but the name are refused, not ignored', async () => {
  for (const option of [
    '$skip=1',
    "$filter=name eq 'a.csv'",
    '$orderby=lastModifiedDateTime desc',
    '$orderby=name,size',
  ]) {
    const response = await client.graph(`${drive}/root/children?${encodeURI(option)}`);
    expect([option, response.status]).toEqual([option, 400]);
  }
});

test('a time may stand for a delta token: what changed since is told', async () => {
  simulator = await testSimulator({ now: () => new Date('2026-11-22T08:00:00Z') });
  client = new HttpClient(simulator);
  drive = await driveOf(client);
  simulator.clock.set(new Date('2026-11-22T08:10:00Z'));
  simulator.library.put('early.csv', 'a');
  simulator.clock.set(new Date('2026-11-22T08:20:00Z'));
  simulator.library.put('late.csv', 'a');
  async function since(time: string): Promise<string[]> {
    const address = `${drive}/root:/Reports:/delta?token=${encodeURIComponent(time)}`;
    return namesOf(await client.json<GraphPage>(address)).filter((name) => name.endsWith('.csv'));
  }

  expect(await since('2026-11-22T08:15:00Z')).toEqual(['late.csv']);
  expect(await since('2026-11-22T08:05:00Z')).toEqual(['early.csv', 'late.csv']);
  expect(await since('2026-11-22T08:30:00Z')).toEqual([]);
  expect((await client.graph(`${drive}/root/delta?token=2026-99-99`)).status).toBe(400);
});

test('delta tells of a renamed folder alone, and of a file that was moved into the folder', async () => {
  const reports = '/sim/files/ContactCentre/Documents/Reports';
  async function move(from: string, path: string): Promise<void> {
    const moved = await client.raw(from, { method: 'PATCH', body: JSON.stringify({ path }) });
    expect(moved.status).toBe(200);
  }
  simulator.library.put('Old/inside.csv', 'a');
  await client.raw('/sim/files/ContactCentre/Documents/Elsewhere/in.csv', { method: 'PUT', body: 'b' });
  const { '@odata.deltaLink': link } = await client.json<GraphPage>(`${drive}/root:/Reports:/delta`);

  await move(`${reports}/Old`, 'Reports/New');
  const renamed = await client.json<GraphPage>(link!);
  await move('/sim/files/ContactCentre/Documents/Elsewhere/in.csv', 'Reports/in.csv');
  const movedIn = await client.json<GraphPage>(renamed['@odata.deltaLink']!);

  expect(namesOf(renamed)).toEqual(['Reports', 'New']);
  expect(namesOf(movedIn)).toEqual(['Reports', 'in.csv']);
});

test('a $select without `deleted` strips it: what is gone looks like a nameless item', async () => {
  const { id } = simulator.library.put('a.csv', 'a');
  const { '@odata.deltaLink': link } = await client.json<GraphPage>(
    `${drive}/root:/Reports:/delta?$select=id,name,file`,
  );
  simulator.library.remove('a.csv');

  const { value } = await client.json<GraphPage>(link!);

  expect(Object.keys(value.find((item) => item.id === id)!).sort()).toEqual(['file', 'id']);
});

test('If-Range gives the part of the version that it names, and else the whole file', async () => {
  const { id, eTag } = simulator.library.put('a.csv', '0123456789');
  const location = (await client.graph(`${drive}/items/${id}/content`)).headers.get('location')!;
  async function ask(): Promise<[number, string]> {
    const response = await client.raw(location, { headers: { range: 'bytes=4-', 'if-range': eTag } });
    return [response.status, await response.text()];
  }

  expect(await ask()).toEqual([206, '456789']);
  simulator.library.put('a.csv', 'abcdefghij');
  expect(await ask()).toEqual([200, 'abcdefghij']);
});

test('HEAD tells the length and the eTag of a content without sending it', async () => {
  const { id, eTag } = simulator.library.put('a.csv', '0123456789');
  const location = (await client.graph(`${drive}/items/${id}/content`)).headers.get('location')!;

  const response = await client.raw(location, { method: 'HEAD' });

  expect([response.status, await response.text()]).toEqual([200, '']);
  expect(Object.fromEntries(response.headers)).toMatchObject({ 'content-length': '10', etag: eTag });
});

test('size, hash and bytes of a file agree', async () => {
  simulator.library.put('a.csv', 'a,b\n1,2\n');

  const file = await client.json<GraphItem>(`${drive}/root:/Reports/a.csv`);
  const bytes = await (await client.raw(file['@microsoft.graph.downloadUrl']!)).text();

  // A vector that two independent implementations agree upon.
  expect(file.file?.hashes.quickXorHash).toBe('YWCBGBQQAxbIQAEACAAAAAAAAAA=');
  expect([file.size, bytes]).toEqual([8, 'a,b\n1,2\n']);
});
