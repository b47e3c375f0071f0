import { beforeEach, expect, test } from 'vitest';

import { Copies } from '../../src/simulator/copies.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { driveOf, type GraphItem, HttpClient, testSimulator } from './http-client.ts';

const conflict = '@microsoft.graph.conflictBehavior';

interface Progress {
  readonly status: string;
  readonly percentageComplete?: number;
  readonly resourceId?: string;
  readonly error?: { readonly code: string };
}

let simulator: Simulator;
let client: HttpClient;
let drive: string;

beforeEach(async () => {
  simulator = await testSimulator();
  client = new HttpClient(simulator);
  drive = await driveOf(client);
});

type Answer = Awaited<ReturnType<HttpClient['graph']>>;

async function copy(path: string, body: object, query = ''): Promise<Answer> {
  const id = simulator.library.idOf(path);
  const init = { method: 'POST', body: JSON.stringify(body) };
  return await client.graph(`${drive}/items/${id}/copy${query}`, init);
}

/** What the monitor says when it is over. */
async function followed(answer: Answer): Promise<Progress> {
  expect([answer.status, await answer.text()]).toEqual([202, '']);
  const address = answer.headers.get('location')!;
  async function ask(): Promise<Progress> {
    const monitored = await client.raw(address);
    expect(monitored.status).toBe(202);
    return (await monitored.json()) as Progress;
  }
  await expect.poll(async () => (await ask()).status).not.toBe('inProgress');
  return await ask();
}

async function folderOf(path: string): Promise<GraphItem> {
  return await client.json<GraphItem>(`${drive}/root:/Reports/${path}`);
}

test('a copy is accepted, made some time later, and is a file of its own', async () => {
  const { id } = simulator.library.put('a.csv', 'content');
  simulator.library.put('Done/x.csv', 'x');
  const parentReference = { id: (await folderOf('Done')).id };

  const last = await followed(await copy('a.csv', { parentReference, name: 'b.csv' }));

  expect(last).toMatchObject({ status: 'completed', percentageComplete: 100 });
  const made = await client.json<GraphItem>(`${drive}/items/${last.resourceId!}`);
  expect(made).toMatchObject({ name: 'b.csv', size: 7, parentReference });
  expect(made.id).not.toBe(id);
  expect(simulator.library.read('Done/b.csv').toString()).toBe('content');
  expect(simulator.library.read('a.csv').toString()).toBe('content');
});

test('a name that is taken fails when the copy is made, unless that says otherwise', async () => {
  simulator.library.put('a.csv', 'one');
  const { id } = simulator.library.put('b.csv', 'two');

  const taken = await followed(await copy('a.csv', { name: 'B.csv' }));
  const renamed = await followed(await copy('a.csv', { name: 'b.csv' }, `?${conflict}=rename`));
  const replaced = await followed(await copy('a.csv', { name: 'b.csv' }, `?${conflict}=replace`));

  expect(taken).toMatchObject({ status: 'failed', error: { code: 'nameAlreadyExists' } });
  expect(renamed.status).toBe('completed');
  expect(replaced).toMatchObject({ status: 'completed', resourceId: id });
  expect(simulator.library.list().map(({ path, size }) => [path, size])).toEqual([
    ['a.csv', 3],
    ['b 1.csv', 3],
    ['b.csv', 3],
  ]);
});

test('a folder is copied with all that is in it, also to another library, and never into itself', async () => {
  simulator.library.put('Week/a.csv', 'a');
  simulator.library.put('Week/below/b.csv', 'b');
  const sales = await client.json<{ id: string }>('/sites/contoso.sharepoint.com:/sites/Sales:/drive');
  const inside = (await folderOf('Week/below')).id;

  const beside = await followed(await copy('Week', { name: 'Copy of Week' }));
  const elsewhere = await followed(await copy('Week', { parentReference: { driveId: sales.id } }));

  expect([beside.status, elsewhere.status]).toEqual(['completed', 'completed']);
  expect(simulator.library.list().map(({ path }) => path)).toEqual([
    'Copy of Week/a.csv',
    'Copy of Week/below/b.csv',
    'Week/a.csv',
    'Week/below/b.csv',
  ]);
  const there = await client.json<GraphItem>(`/drives/${sales.id}/root:/Week/below/b.csv`);
  expect(await (await client.raw(there['@microsoft.graph.downloadUrl']!)).text()).toBe('b');
  expect((await copy('Week', { parentReference: { id: inside } })).status).toBe(400);
});

test('what cannot be copied is refused at once', async () => {
  simulator.library.put('a.csv', 'one');
  const board = await client.raw('/sim/sites');
  const { value } = (await board.json()) as { value: { name: string; libraries: { driveId: string }[] }[] };
  const { driveId } = value.find(({ name }) => name === 'Board')!.libraries[0]!;

  expect((await copy('a.csv', { name: 'a*.csv' })).status).toBe(400);
  expect((await copy('a.csv', { parentReference: { id: '01NOWHERE' } })).status).toBe(404);
  expect((await copy('a.csv', { parentReference: { driveId } })).status).toBe(403);
  expect((await client.graph(`${drive}/root/copy`, { method: 'POST', body: '{"name":"x"}' })).status).toBe(
    403,
  );
  expect(simulator.library.list()).toHaveLength(1);
});

test('nothing is copied before the answer has gone out', async () => {
  const copies = new Copies();
  let made = 0;
  const id = copies.begin(() => {
    made += 1;
    throw new Error('as it may');
  });

  expect([made, copies.state(id)]).toEqual([0, { status: 'inProgress' }]);
  await expect
    .poll(() => copies.state(id))
    .toMatchObject({ status: 'failed', error: { message: 'as it may' } });
  expect(made).toBe(1);
});

test('the monitor tells nothing to those who have another address', async () => {
  simulator.library.put('a.csv', 'one');
  const address = new URL((await copy('a.csv', { name: 'b.csv' })).headers.get('location')!);
  address.searchParams.set('tempauth', 'v1.x');

  expect((await client.raw(address.href)).status).toBe(401);
});
