import { beforeEach, expect, test } from 'vitest';

import type { Simulator } from '../../src/simulator/simulator.ts';
import { driveOf, HttpClient, testSimulator } from './http-client.ts';

let simulator: Simulator;
let client: HttpClient;
let drive: string;

beforeEach(async () => {
  simulator = await testSimulator();
  client = new HttpClient(simulator);
  drive = await driveOf(client);
});

test('as many matching requests fail as asked for, and no others', async () => {
  simulator.faults.failNext({ match: /^GET .*\/root$/, times: 2, status: 429, retryAfterSeconds: 7 });

  const other = await client.graph(`${drive}/root/children`);
  const answers = [];
  for (let index = 0; index < 3; index += 1) answers.push(await client.graph(`${drive}/root`));

  expect(other.status).toBe(200);
  expect(answers.map((answer) => answer.status)).toEqual([429, 429, 200]);
  expect(answers[0]!.headers.get('retry-after')).toBe('7');
  expect(await answers[0]!.json()).toMatchObject({ error: { code: 'activityLimitReached' } });
});

test('a fault may bring its own body', async () => {
  simulator.faults.failNext({ match: /root/, status: 502, body: '<h1>Bad gateway</h1>' });

  const response = await client.graph(`${drive}/root`);

  expect(response.status).toBe(502);
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(await response.text()).toBe('<h1>Bad gateway</h1>');
});

test('a dropped request gets no answer', async () => {
  simulator.faults.failNext({ match: /root/, drop: true });

  await expect(client.graph(`${drive}/root`)).rejects.toThrow('fetch failed');
  expect((await client.graph(`${drive}/root`)).status).toBe(200);
  expect(
    simulator.requests.filter((request) => request.url.endsWith('/root')).map((request) => request.status),
  ).toEqual([0, 200]);
});

test.each([1000, 100_000])(
  'a truncated answer of %i bytes announces the whole and then breaks off',
  async (bytes) => {
    const { id } = simulator.library.put('a.csv', Buffer.alloc(500_000, 'x'));
    const location = (await client.graph(`${drive}/items/${id}/content`)).headers.get('location')!;
    simulator.faults.failNext({ match: /download\.aspx/, truncate: bytes });

    const response = await client.raw(location);

    let received = 0;
    async function read(): Promise<void> {
      for await (const chunk of response.body!) received += (chunk as Uint8Array).length;
    }
    await expect(read()).rejects.toThrow('terminated');
    expect(response.headers.get('content-length')).toBe('500000');
    expect(received).toBe(bytes);
  },
);

test('a truncated JSON answer breaks off too', async () => {
  simulator.faults.failNext({ match: /root$/, truncate: 20 });

  const response = await client.graph(`${drive}/root`);

  await expect(response.text()).rejects.toThrow('terminated');
});

test('a stalled answer begins as the whole does, and then neither goes on nor ends', async () => {
  const { id } = simulator.library.put('a.csv', Buffer.alloc(500_000, 'x'));
  const location = (await client.graph(`${drive}/items/${id}/content`)).headers.get('location')!;
  simulator.faults.failNext({ match: /download\.aspx/, stall: 1000 });

  const response = await client.raw(location);
  const reader = response.body!.getReader();
  expect(response.headers.get('content-length')).toBe('500000');
  expect((await reader.read()).value).toHaveLength(1000);
  let ended = false;
  const rest = reader.read().finally(() => {
    ended = true;
  });
  // Other requests are answered meanwhile.
  await (await client.raw(location)).arrayBuffer();

  expect(ended).toBe(false);
  await simulator.close();
  await expect(rest).rejects.toThrow('terminated');
});

test('faults that were not used can be taken back', async () => {
  simulator.faults.failNext({ match: /root/, status: 500 });
  simulator.faults.clear();

  expect((await client.graph(`${drive}/root`)).status).toBe(200);
});

test('the log tells who asked for what, signed in or not, and what came back', async () => {
  const before = simulator.requests.length;
  await client.graph(`${drive}/root`);
  await client.raw('/v1.0/me', { headers: { 'user-agent': 'NONISV|Contoso|tests/1.0' } });

  expect(simulator.requests.slice(before)).toEqual([
    { method: 'GET', url: `/v1.0${drive}/root`, authorized: true, userAgent: 'undici', status: 200 },
    { method: 'GET', url: '/v1.0/me', authorized: false, userAgent: 'NONISV|Contoso|tests/1.0', status: 401 },
  ]);
});
