import { beforeEach, expect, test } from 'vitest';

import type { Simulator } from '../../src/simulator/simulator.ts';
import { driveOf, type GraphPage, HttpClient, testSimulator } from './http-client.ts';

let simulator: Simulator;
let client: HttpClient;
let drive: string;

beforeEach(async () => {
  simulator = await testSimulator({ now: () => new Date('2026-11-22T12:00:15Z') });
  client = new HttpClient(simulator);
  drive = await driveOf(client);
});

async function limit(body: object): Promise<number> {
  return (await client.raw('/sim/throttle', { method: 'PUT', body: JSON.stringify(body) })).status;
}

async function counts(): Promise<{ kinds: Record<string, number>; units: number; throttled: number }> {
  return (await (await client.raw('/sim/requests')).json()) as Awaited<ReturnType<typeof counts>>;
}

test('Graph calls are counted by kind, with the resource units that they cost', async () => {
  const { id } = simulator.library.put('a.csv', 'a');
  await client.raw('/sim/requests', { method: 'DELETE' });

  const { '@odata.deltaLink': link } = await client.json<GraphPage>(`${drive}/root:/Reports:/delta`);
  await client.graph(link!);
  await client.graph(`${drive}/root/delta(token='latest')`);
  await client.graph(`${drive}/items/${id}`);
  await client.graph(`${drive}/root:/Reports:/children`);
  await client.raw((await client.graph(`${drive}/items/${id}/content`)).headers.get('location')!);
  await client.graph(`${drive}/root:/Reports/b.csv:/content`, { method: 'PUT', body: 'b' });
  await client.graph(`${drive}/items/${id}`, { method: 'DELETE' });
  await client.graph(`/sites/contoso.sharepoint.com:/sites/ContactCentre`);
  await client.graph(`${drive}/items/${id}/permissions`);
  await client.signIn();

  const { kinds, units, throttled } = await counts();
  expect(Object.fromEntries(Object.entries(kinds).filter(([, count]) => count > 0))).toEqual({
    signIn: 1,
    site: 1,
    item: 1,
    children: 1,
    delta: 1,
    deltaWithToken: 2,
    content: 1,
    download: 1,
    upload: 1,
    write: 1,
    permissions: 1,
  });
  expect(units).toBe(1 + 1 + 2 + 2 + 2 * 1 + 1 + 2 + 2 + 5);
  expect(throttled).toBe(0);
});

test('from 80 % of the limit on answers say what is left, and beyond it they are 429 until the minute ends', async () => {
  expect(await limit({ unitsPerMinute: 10 })).toBe(200);
  const children = `${drive}/root:/Reports:/children`;

  const answers = [];
  for (let index = 0; index < 6; index += 1) answers.push(await client.graph(children));

  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 429]);
  expect(answers.map(({ headers }) => headers.get('ratelimit-remaining'))).toEqual([
    null,
    null,
    null,
    '2',
    '0',
    '0',
  ]);
  const refused = answers[5]!;
  expect(Object.fromEntries(refused.headers)).toMatchObject({
    'ratelimit-limit': '10',
    'ratelimit-reset': '45',
    'retry-after': '45',
  });
  expect(await refused.json()).toMatchObject({
    error: { code: 'activityLimitReached', innerError: { code: 'throttledRequest' } },
  });
  expect((await counts()).throttled).toBe(1);
  simulator.clock.advance(45);
  expect((await client.graph(children)).status).toBe(200);
});

test('requests that are refused count too: who goes on asking waits longer', async () => {
  await limit({ unitsPerMinute: 4 });
  const children = `${drive}/root:/Reports:/children`;

  const answers = [];
  for (let index = 0; index < 6; index += 1) answers.push(await client.graph(children));
  const waits = answers.map(({ headers }) => headers.get('retry-after'));
  simulator.clock.advance(45);
  const early = await client.graph(children);

  expect(waits).toEqual([null, null, '45', '105', '105', '165']);
  expect([early.status, early.headers.get('retry-after')]).toEqual([429, '120']);
  simulator.clock.advance(120);
  expect((await client.graph(children)).status).toBe(200);
});

test('who does not say whose requests they are can have less', async () => {
  await limit({ unitsPerMinute: 10, undecoratedUnitsPerMinute: 2 });
  async function ask(userAgent: string): Promise<number> {
    return (await client.graph(`${drive}/root/children`, { headers: { 'user-agent': userAgent } })).status;
  }

  expect(await ask('node')).toBe(200);
  expect(await ask('node')).toBe(429);
  expect(await ask('NONISV|Contoso|charlie-reporting/1.0.0')).toBe(200);
});

test('there is no limit until one is set, and none after it is taken away', async () => {
  expect(await (await client.raw('/sim/throttle')).json()).toEqual({
    unitsPerMinute: null,
    undecoratedUnitsPerMinute: null,
    used: 0,
  });
  await limit({ unitsPerMinute: 1 });
  const refused = await client.graph(`${drive}/root/children`);
  await limit({ unitsPerMinute: null });

  expect(refused.status).toBe(429);
  expect((await client.graph(`${drive}/root/children`)).status).toBe(200);
  expect(await limit({ unitsPerMinute: 0 })).toBe(400);
  expect(await limit({})).toBe(400);
});
