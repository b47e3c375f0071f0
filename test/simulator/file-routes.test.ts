import { beforeEach, expect, test } from 'vitest';

import type { Simulator } from '../../src/simulator/simulator.ts';
import { driveOf, type GraphItem, type GraphPage, HttpClient, testSimulator } from './http-client.ts';

const reports = '/sim/files/ContactCentre/Shared%20Documents/Reports';

let simulator: Simulator;
let client: HttpClient;
let drive: string;

beforeEach(async () => {
  simulator = await testSimulator({ now: () => new Date('2026-11-22T12:00:00Z') });
  client = new HttpClient(simulator);
  drive = await driveOf(client);
});

interface Shown {
  id: string;
  path: string;
  eTag: string;
  size: number;
}

async function ask(method: string, url: string, body: string | null = null): Promise<[number, Shown]> {
  const response = await client.raw(url, { method, body });
  const text = await response.text();
  return [response.status, (text === '' ? {} : JSON.parse(text)) as Shown];
}

test('a file is put, changed, renamed, moved and removed as people do it, and delta tells of each', async () => {
  const name = encodeURIComponent("Q3 100% #1 'a'+b & ü.csv");
  const { '@odata.deltaLink': link } = await client.json<GraphPage>(`${drive}/root:/Reports:/delta`);
  async function changes(): Promise<[string, string][]> {
    const { value } = await client.json<GraphPage>(link!);
    const files = value.filter((item) => item.file !== undefined);
    return files.map((item) => [item.id, item.deleted?.state ?? item.name]);
  }

  const [created, file] = await ask('PUT', `${reports}/New/${name}?modifiedAt=2026-11-20T08:00:00Z`, 'one');
  const item = await client.json<GraphItem>(`${drive}/items/${file.id}`);
  const [changed, after] = await ask('PUT', `${reports}/New/${name}`, 'two, longer');
  const put = await changes();
  const [moved, there] = await ask('PATCH', `${reports}/New/${name}`, '{"path": "Reports/Old/b.csv"}');
  const renamed = await changes();
  const [away] = await ask('PATCH', `${reports}/Old/b.csv`, '{"path": "Elsewhere/b.csv"}');
  const gone = await changes();
  const [removed] = await ask('DELETE', '/sim/files/ContactCentre/Documents/Elsewhere/b.csv');

  expect([created, changed, moved, away, removed]).toEqual([201, 200, 200, 200, 204]);
  expect(item).toMatchObject({
    name: "Q3 100% #1 'a'+b & ü.csv",
    lastModifiedDateTime: '2026-11-20T08:00:00Z',
  });
  expect(after).toMatchObject({ id: file.id, size: 11 });
  expect(there).toMatchObject({ id: file.id, path: 'Reports/Old/b.csv', size: 11 });
  expect(put).toEqual([[file.id, "Q3 100% #1 'a'+b & ü.csv"]]);
  expect(renamed).toEqual([[file.id, 'b.csv']]);
  expect(gone).toEqual([[file.id, 'deleted']]);
  expect((await client.graph(`${drive}/items/${file.id}`)).status).toBe(404);
});

test('folders are made, moved with what is in them, listed, and removed', async () => {
  expect((await ask('PUT', `${reports}/Empty/`))[0]).toBe(201);
  await ask('PUT', `${reports}/Full/Deep/a.csv`, 'abc');
  const [, { id }] = await ask('GET', `${reports}/Full/Deep/a.csv`);
  await ask('PATCH', `${reports}/Full`, '{"path": "Archive/2026"}');

  const [status, listed] = await ask('GET', '/sim/files/ContactCentre/Documents');
  const [, found] = await ask('GET', '/sim/files/ContactCentre/Documents/Archive/2026/Deep/a.csv');

  expect(status).toBe(200);
  expect(listed).toMatchObject({
    count: 2,
    size: 3,
    value: [{ name: 'Archive', size: 3 }, { name: 'Reports' }],
  });
  expect(found.id).toBe(id);
  expect((await ask('DELETE', '/sim/files/ContactCentre/Documents/Archive'))[0]).toBe(204);
  expect((await ask('GET', '/sim/files/ContactCentre/Documents'))[1].size).toBe(0);
});

test('what cannot be is refused with its reason', async () => {
  await ask('PUT', `${reports}/a.csv`, 'a');
  await ask('PUT', `${reports}/b.csv`, 'b');
  const refused: readonly (readonly [string, string, string | null, number, string])[] = [
    ['PUT', '/sim/files/Nowhere/Documents/a.csv', 'a', 404, 'there are ContactCentre, Sales, EMEA, Board'],
    ['PUT', '/sim/files/Sales/Nothing/a.csv', 'a', 404, 'it has Documents, Campaign Exports'],
    ['PUT', `${reports}/a%3Cb.csv`, 'a', 400, 'invalid characters'],
    ['PUT', `${reports}/a.csv/c.csv`, 'a', 409, 'Name already exists'],
    ['PUT', reports, 'a', 400, 'A folder has no content'],
    ['PUT', `${reports}/c.csv?modifiedAt=today`, 'a', 400, 'modifiedAt has to be a time'],
    ['PATCH', `${reports}/a.csv`, '{"path": "Reports/B.csv"}', 409, 'Name already exists'],
    ['PATCH', reports, '{"path": "Reports/In/Itself"}', 400, 'cannot be moved into itself'],
    ['PATCH', `${reports}/a.csv`, '{"name": "c.csv"}', 400, 'path: '],
    ['PATCH', `${reports}/nowhere.csv`, '{"path": "c.csv"}', 404, 'could not be found'],
    ['DELETE', '/sim/files/ContactCentre/Documents', null, 403, 'cannot be removed'],
  ];

  for (const [method, url, body, status, reason] of refused) {
    const response = await client.raw(url, { method, body });
    expect([url, response.status, await response.text()]).toEqual([
      url,
      status,
      expect.stringContaining(reason),
    ]);
  }
  expect(simulator.library.list().map(({ path }) => path)).toEqual(['a.csv', 'b.csv']);
});
