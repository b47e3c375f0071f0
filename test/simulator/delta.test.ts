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

let stateDir: string;
let simulator: Simulator;
let client: HttpClient;
let drive: string;

beforeEach(async () => {
  stateDir = await temporaryDir();
  simulator = await testSimulator({ stateDir });
  client = new HttpClient(simulator);
  drive = await driveOf(client);
});

test('the first round tells of all that is there, the next one of what changed', async () => {
  const kept = simulator.library.put('kept.csv', 'a');
  const changed = simulator.library.put('changed.csv', 'a');
  const removed = simulator.library.put('Old/removed.csv', 'a');
  const first = await round(`${drive}/root:/Reports:/delta`);
  simulator.library.put('changed.csv', 'b');
  simulator.library.remove('Old/removed.csv');

  const second = await round(first.link);

  expect(first.items.map((item) => item.name).sort()).toEqual([
    'Old',
    'Reports',
    'changed.csv',
    'kept.csv',
    'removed.csv',
  ]);
  expect(second.items.filter((item) => item.file !== undefined)).toEqual([
    expect.objectContaining({ id: changed.id, name: 'changed.csv' }),
    expect.objectContaining({ id: removed.id, deleted: { state: 'deleted' } }),
  ]);
  expect(second.items.map((item) => item.id)).not.toContain(kept.id);
  expect((await round(second.link)).items).toEqual([]);
});

test('a deleted item has no name and a hash of zeros, a live one neither cTag nor path nor address', async () => {
  const { id } = simulator.library.put('a.csv', 'a');
  const first = await round(`${drive}/root:/Reports:/delta`);
  simulator.library.remove('a.csv');
  const [, gone] = (await round(first.link)).items;

  const live = first.items.find((item) => item.id === id)!;
  expect(live).not.toHaveProperty('cTag');
  expect(live).not.toHaveProperty('@microsoft.graph.downloadUrl');
  expect(live.parentReference).not.toHaveProperty('path');
  expect(gone).toMatchObject({
    id,
    size: 0,
    file: { hashes: { quickXorHash: 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=' } },
  });
  expect(gone).not.toHaveProperty('name');
});

test('deleted items are not part of a first round', async () => {
  simulator.library.put('a.csv', 'a');
  simulator.library.remove('a.csv');

  expect((await round(`${drive}/root:/Reports:/delta`)).items.map((item) => item.name)).toEqual(['Reports']);
});

test('pages keep $top and $select, and end with the delta link alone', async () => {
  for (let index = 0; index < 25; index += 1) simulator.library.put(`f${index}.csv`, 'x');

  const pages = await pagesOf(`${drive}/root:/Reports:/delta?$top=10&$select=id,name,deleted`);

  expect(pages).toHaveLength(3);
  expect(pages.map((page) => '@odata.deltaLink' in page)).toEqual([false, false, true]);
  expect(pages.map((page) => '@odata.nextLink' in page)).toEqual([true, true, false]);
  const names = new Set(pages.flatMap((page) => page.value.map((item) => item.name)));
  expect(names.size).toBe(26);
  expect(Object.keys(pages[1]!.value[1]!).sort()).toEqual(['id', 'name']);
});

test('what is renamed or moved keeps its id; a folder is told alone, and as deleted where it has left', async () => {
  const { library } = simulator;
  const { id } = library.put('Old/deep/a.csv', 'a');
  const [old, reports] = [library.idOf('Old'), await round(`${drive}/root:/Reports:/delta`)];
  library.move('Old', '/Archive/Former');
  const left = await round(reports.link);
  library.move('/Archive/Former', 'Back');
  const back = await round(left.link);
  library.remove('Back');
  library.restore(old);
  const restored = await round(back.link);

  const below = ({ items }: { items: GraphItem[] }) => items.filter(({ name }) => name !== 'Reports');
  expect(below(left)).toEqual([expect.objectContaining({ id: old, deleted: { state: 'deleted' } })]);
  expect(below(back)).toEqual([expect.objectContaining({ id: old, name: 'Back' })]);
  expect(restored.items.map((item) => item.id)).toEqual(expect.arrayContaining([old, id]));
  expect(library.list()).toMatchObject([{ path: 'Back/deep/a.csv', id }]);
});

test('the token `latest` skips what is there', async () => {
  simulator.library.put('a.csv', 'a');
  const start = await round(`${drive}/root/delta?token=latest`);
  const { id } = simulator.library.put('b.csv', 'b');

  const later = await round(start.link);

  expect(start.items).toEqual([]);
  expect(later.items.filter((item) => item.file !== undefined).map((item) => item.id)).toEqual([id]);
});

test('delta of a folder leaves the rest of the library out, and shows parents only up to it', async () => {
  await client.graph(`${drive}/root:/Elsewhere/x.csv:/content`, { method: 'PUT', body: 'x' });
  simulator.library.put('Sub/a.csv', 'a');

  const { items } = await round(`${drive}/root:/Reports/Sub:/delta`);

  expect(items.map((item) => item.name).sort()).toEqual(['Sub', 'a.csv']);
});

test('the forms of other clients mean the same', async () => {
  simulator.library.put('a.csv', 'a');

  const { link, items } = await round(`${drive}/root/delta()`);
  const token = new URL(link).searchParams.get('token')!;

  expect(items).toHaveLength(3);
  expect((await round(`${drive}/root/delta(token='${token}')`)).items).toEqual([]);
  expect((await round(`${drive}/root/microsoft.graph.delta`)).items).toHaveLength(3);
});

test('a link lasts over a restart', async () => {
  const { link } = await round(`${drive}/root:/Reports:/delta`);
  await simulator.close();
  simulator = await testSimulator({ stateDir });
  client = new HttpClient(simulator);
  const { id } = simulator.library.put('b.csv', 'b');

  const { search, pathname } = new URL(link);
  const { items } = await round(pathname.replace('/v1.0', '') + search);

  expect(items.map((item) => item.id)).toContain(id);
});

test('a token of another library is gone, and the answer says where to begin anew', async () => {
  const { link } = await round(`${drive}/root:/Reports:/delta`);
  const other = new HttpClient(await testSimulator());
  const { search, pathname } = new URL(link);

  const response = await other.graph(pathname.replace('/v1.0', '') + search);

  expect(response.status).toBe(410);
  expect(await response.json()).toMatchObject({ error: { code: 'resyncRequired' } });
  expect((await other.graph(response.headers.get('location')!)).status).toBe(200);
});

async function pagesOf(path: string): Promise<GraphPage[]> {
  const pages = [];
  for (let next: string | undefined = path; next !== undefined; next = pages.at(-1)?.['@odata.nextLink']) {
    pages.push(await client.json<GraphPage>(next));
  }
  return pages;
}

async function round(path: string): Promise<{ items: GraphItem[]; link: string }> {
  const pages = await pagesOf(path);
  return { items: pages.flatMap((page) => page.value), link: pages.at(-1)!['@odata.deltaLink']! };
}
