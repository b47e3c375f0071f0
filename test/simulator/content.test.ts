import { beforeEach, expect, test } from 'vitest';

import type { Simulator } from '../../src/simulator/simulator.ts';
import { driveOf, HttpClient, testSimulator } from './http-client.ts';

let now: Date;
let simulator: Simulator;
let client: HttpClient;
let drive: string;

beforeEach(async () => {
  now = new Date('2026-11-22T12:00:00Z');
  simulator = await testSimulator({ now: () => now });
  client = new HttpClient(simulator);
  drive = await driveOf(client);
});

test('content is a redirect to another host name, a new address each time', async () => {
  const { id } = simulator.library.put('a.csv', 'a,b\n1,2\n');

  const redirect = await client.graph(`${drive}/items/${id}/content`);

  const location = new URL(redirect.headers.get('location')!);
  expect(redirect.status).toBe(302);
  expect(await redirect.text()).toBe('');
  expect(location.hostname).toBe('127.0.0.1');
  expect(location.port).toBe(new URL(simulator.url).port);
  expect(await address(id)).not.toBe(location.href);
});

test('the address gives the bytes to whoever has it', async () => {
  const { id, eTag } = simulator.library.put('Zürich 1.csv', Buffer.from([0, 255, 10, 13]));

  const response = await client.raw(await address(id));

  expect(Buffer.from(await response.arrayBuffer())).toEqual(Buffer.from([0, 255, 10, 13]));
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'accept-ranges': 'bytes',
    'content-length': '4',
    'content-disposition': "attachment; filename*=UTF-8''Z%C3%BCrich%201.csv",
    etag: eTag,
  });
});

test('an empty file is an empty answer', async () => {
  const response = await client.raw(await address(simulator.library.put('empty.csv', '').id));

  expect(response.status).toBe(200);
  expect(await response.text()).toBe('');
});

test('a large file arrives whole', async () => {
  const bytes = Buffer.alloc(5_000_003, 'abcdefg');

  const response = await client.raw(await address(simulator.library.put('large.csv', bytes).id));

  expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true);
});

test.each([
  ['bytes=0-3', '0123', 'bytes 0-3/10'],
  ['bytes=7-', '789', 'bytes 7-9/10'],
  ['bytes=8-99', '89', 'bytes 8-9/10'],
  ['bytes=-4', '6789', 'bytes 6-9/10'],
  ['bytes=-99', '0123456789', 'bytes 0-9/10'],
])('Range %s gives that part', async (range, part, contentRange) => {
  const { id } = simulator.library.put('digits.txt', '0123456789');

  const response = await client.raw(await address(id), { headers: { range } });

  expect(response.status).toBe(206);
  expect(response.headers.get('content-range')).toBe(contentRange);
  expect(await response.text()).toBe(part);
});

test.each(['bytes=10-', 'bytes=12-20', 'bytes=-0'])('Range %s is beyond the end', async (range) => {
  const { id } = simulator.library.put('digits.txt', '0123456789');

  const response = await client.raw(await address(id), { headers: { range } });

  expect(response.status).toBe(416);
  expect(response.headers.get('content-range')).toBe('bytes */10');
  expect(await response.json()).toMatchObject({ error: { code: 'invalidRange' } });
});

test.each(['bytes=0-1,3-4', 'lines=1-2', 'bytes=5-2', 'bytes=-'])('Range %s is ignored', async (range) => {
  const { id } = simulator.library.put('digits.txt', '0123456789');

  const response = await client.raw(await address(id), { headers: { range } });

  expect([response.status, await response.text()]).toEqual([200, '0123456789']);
});

test('an access token has no place at the content host', async () => {
  const url = await address(simulator.library.put('a.csv', 'a').id);

  const response = await client.raw(url, { headers: { authorization: `Bearer ${await client.signIn()}` } });

  expect(response.status).toBe(401);
});

test('an address is no good after its hour, for another file, or at the host of Graph', async () => {
  const url = await address(simulator.library.put('a.csv', 'a').id);
  const other = simulator.library.put('b.csv', 'b').uniqueId;

  const forOther = await client.raw(url.replace(/UniqueId=[^&]+/, `UniqueId=${other}`));
  const atGraph = await client.raw(url.replace('127.0.0.1', 'localhost'));
  now = new Date('2026-11-22T13:00:00Z');
  const late = await client.raw(url);

  expect([forOther.status, atGraph.status, late.status]).toEqual([401, 404, 401]);
});

test('a folder has no content', async () => {
  expect((await client.graph(`${drive}/root:/Reports:/content`)).status).toBe(400);
});

async function address(id: string): Promise<string> {
  const response = await client.graph(`${drive}/items/${id}/content`);
  return response.headers.get('location')!;
}
