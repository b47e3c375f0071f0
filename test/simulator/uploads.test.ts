import { request as httpsRequest } from 'node:https';

import { beforeEach, describe, expect, test } from 'vitest';

import { quickXorHash } from '../../src/simulator/quick-xor-hash.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { driveOf, type GraphItem, type GraphPage, HttpClient, testSimulator } from './http-client.ts';

type Answer = Awaited<ReturnType<HttpClient['graph']>>;

interface Session {
  readonly uploadUrl: string;
  readonly expirationDateTime: string;
  readonly nextExpectedRanges: string[];
}

const unit = 327_680;
const conflict = '@microsoft.graph.conflictBehavior';

let now = new Date('2026-11-22T12:00:00Z');
let simulator: Simulator;
let client: HttpClient;
let drive: string;

beforeEach(async () => {
  now = new Date('2026-11-22T12:00:00Z');
  simulator = await testSimulator({ now: () => now });
  client = new HttpClient(simulator);
  drive = await driveOf(client);
});

describe('a small upload', () => {
  test('whose name is taken fails, replaces or finds another name, as it says', async () => {
    const { id } = simulator.library.put('a.csv', 'one');
    const put = (query: string): Promise<Answer> =>
      client.graph(`${drive}/root:/Reports/A.CSV:/content?${conflict}=${query}`, {
        method: 'PUT',
        body: 'two',
      });

    const failed = await put('fail');
    const replaced = await put('replace');
    const renamed = await put('rename');

    expect(failed.status).toBe(409);
    expect(await codeOf(failed)).toBe('nameAlreadyExists');
    expect(replaced.status).toBe(200);
    expect(await replaced.json()).toMatchObject({ id, name: 'a.csv' });
    expect(renamed.status).toBe(201);
    expect(await renamed.json()).toMatchObject({ name: 'A 1.CSV' });
    expect(await (await put('rename')).json()).toMatchObject({ name: 'A 2.CSV' });
    expect((await put('perhaps')).status).toBe(400);
  });

  test.each([
    'root:/Reports/new.csv:',
    'root:/Reports/new.csv:/',
    'items/{folder}:/new.csv:',
    'items/root%3A%2FReports%2Fnew.csv%3A',
    'root:/Reports//new.csv:',
  ])('is addressed by %s', async (address) => {
    const { id: folder } = await client.json<GraphItem>(`${drive}/root:/Reports`);
    const response = await client.graph(`${drive}/${address.replace('{folder}', folder)}/content`, {
      method: 'PUT',
      body: 'new',
    });

    expect(response.status).toBe(201);
    expect(simulator.library.read('new.csv').toString()).toBe('new');
  });

  test('to an id is a new version of it', async () => {
    const { id } = simulator.library.put('a.csv', 'one');
    const response = await client.graph(`${drive}/items/${id}/content`, { method: 'PUT', body: 'two' });

    expect(await response.json()).toMatchObject({ id, name: 'a.csv', size: 3 });
  });

  test('of more than 250 MB is refused before it is sent', async () => {
    const { hostname, port } = new URL(simulator.url);
    const status = await new Promise((resolve, reject) => {
      const path = `/v1.0${drive}/root:/Reports/large.bin:/content`;
      const headers = { 'content-length': 250 * 1024 * 1024 + 1 };
      const request = httpsRequest({
        hostname,
        port,
        path,
        method: 'PUT',
        headers,
        rejectUnauthorized: false,
      });
      request.on('response', (response) => {
        resolve(response.statusCode);
        request.destroy();
      });
      request.on('error', reject);
      request.flushHeaders();
    });

    expect(status).toBe(413);
  });

  test('under an invalid name is refused', async () => {
    const names = [
      'a*b',
      'a"b',
      'a<b',
      'a>b',
      'a?b',
      'a|b',
      'a\\b',
      ' a',
      'a ',
      'a.',
      '~$a.csv',
      '.lock',
      'CON',
    ];
    for (const name of [...names, 'com1', 'lpt0', 'x_vti_y', 'Desktop.ini']) {
      const address = `${drive}/root:/Reports/${encodeURIComponent(name)}:/content`;
      const response = await client.graph(address, { method: 'PUT', body: 'x' });
      expect([name, response.status]).toEqual([name, 400]);
      expect(await codeOf(response)).toBe('invalidRequest');
    }
    expect((await client.graph(`${drive}/root:/Forms:/content`, { method: 'PUT', body: 'x' })).status).toBe(
      400,
    );
    expect(simulator.library.list()).toEqual([]);
  });

  test('takes names that only look odd', async () => {
    for (const name of [
      "Q3 100% #1 'a'+b & ü.csv",
      'console.csv',
      '~a.csv',
      'a..csv',
      '[x];,=.csv',
      '.csv',
    ]) {
      const address = `${drive}/root:/Reports/${encodeURIComponent(name)}:/content`;
      expect(await (await client.graph(address, { method: 'PUT', body: 'x' })).json()).toMatchObject({
        name,
      });
    }
  });

  test('with a path of more than 400 characters is refused, folders included', async () => {
    // sites/ContactCentre/Shared Documents/Reports/
    const folders = ['x'.repeat(180), 'y'.repeat(100)].join('/');
    const put = (length: number): Promise<Answer> =>
      client.graph(`${drive}/root:/Reports/${folders}/${'n'.repeat(length)}:/content`, {
        method: 'PUT',
        body: 'x',
      });
    const left = 400 - 'sites/ContactCentre/Shared Documents/Reports//'.length - folders.length;

    expect((await put(left)).status).toBe(201);
    const refused = await put(left + 1);
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({
      error: { code: 'invalidRequest', innerError: { code: 'pathIsTooLong' } },
    });
  });
});

describe('an upload session', () => {
  const content = Buffer.alloc(2 * unit + 1000, 'abc');

  test('takes a file in pieces, which shows at once when the last one is there', async () => {
    const session = await begin('big.csv');
    expect(session.nextExpectedRanges).toEqual(['0-']);
    expect(new URL(session.uploadUrl).hostname).toBe('127.0.0.1');

    const first = await send(session, content, [0, unit]);
    const second = await send(session, content, [unit, 2 * unit]);
    expect([first.status, second.status]).toEqual([202, 202]);
    expect(await second.json()).toMatchObject({ nextExpectedRanges: [`${2 * unit}-${content.length - 1}`] });
    expect(await (await client.raw(session.uploadUrl)).json()).toMatchObject({
      nextExpectedRanges: [`${2 * unit}-${content.length - 1}`],
    });
    expect(simulator.library.list()).toEqual([]);
    const latest = await client.json<GraphPage>(`${drive}/root/delta?token=latest`);

    const last = await send(session, content, [2 * unit, content.length]);

    expect(last.status).toBe(201);
    expect(await last.json()).toMatchObject({
      name: 'big.csv',
      size: content.length,
      file: { hashes: { quickXorHash: quickXorHash(content) } },
    });
    expect(simulator.library.read('big.csv').equals(content)).toBe(true);
    const { value } = await client.json<GraphPage>(latest['@odata.deltaLink']!);
    expect(value.filter(({ file }) => file !== undefined)).toHaveLength(1);
    expect((await client.raw(session.uploadUrl)).status).toBe(404);
  });

  test.each([
    ['received already', [0, unit], 416, 'invalidRange'],
    ['out of order', [2 * unit, content.length], 416, 'invalidRange'],
    ['not aligned', [unit, unit + 1000], 400, 'invalidRequest'],
  ] as const)('refuses a piece that is %s, and goes on', async (_, range, status, code) => {
    const session = await begin('big.csv');
    await send(session, content, [0, unit]);

    const refused = await send(session, content, range);

    expect(refused.status).toBe(status);
    expect(await codeOf(refused)).toBe(code);
    expect((await send(session, content, [unit, content.length])).status).toBe(201);
  });

  test.each([
    ['another total', `bytes ${unit}-${2 * unit - 1}/${3 * unit}`],
    ['a range of another length', `bytes ${unit}-${unit + 9}/${content.length}`],
    ['no range', ''],
  ])('refuses a piece with %s', async (_, range) => {
    const session = await begin('big.csv');
    await send(session, content, [0, unit]);
    const refused = await client.raw(session.uploadUrl, {
      method: 'PUT',
      body: content.subarray(unit, 2 * unit),
      headers: { 'content-range': range },
    });

    expect(refused.status).toBe(400);
  });

  test('refuses who shows a token, and an address that was made up', async () => {
    const session = await begin('big.csv');
    const withToken = await client.graph(session.uploadUrl);

    expect(withToken.status).toBe(401);
    expect((await client.raw(session.uploadUrl.replace(/.$/, '~'))).status).toBe(401);
    expect((await client.raw(session.uploadUrl.replace('127.0.0.1', 'localhost'))).status).toBe(404);
  });

  test('is given up by DELETE, and ends by itself an hour after its last piece', async () => {
    const [given, left] = [await begin('a.csv'), await begin('b.csv')];

    expect((await client.raw(given.uploadUrl, { method: 'DELETE' })).status).toBe(204);
    expect((await client.raw(given.uploadUrl)).status).toBe(404);
    now = new Date(now.getTime() + 59 * 60 * 1000);
    expect((await send(left, content, [0, unit])).status).toBe(202);
    now = new Date(now.getTime() + 59 * 60 * 1000);
    expect((await client.raw(left.uploadUrl)).status).toBe(200);
    now = new Date(now.getTime() + 60 * 1000);
    const late = await send(left, content, [unit, content.length]);
    expect(late.status).toBe(404);
    expect(await codeOf(late)).toBe('itemNotFound');
  });

  test('whose name is taken meanwhile fails at its end, or replaces, or finds another name', async () => {
    const whole = [0, content.length] as const;
    const [failing, replacing, renaming] = [
      await begin('big.csv', { [conflict]: 'fail' }),
      await begin('big.csv', { [conflict]: 'replace' }),
      await begin('big.csv', { [conflict]: 'rename' }),
    ];
    const { id } = simulator.library.put('big.csv', 'first');

    const failed = await send(failing, content, whole);
    expect(failed.status).toBe(409);
    expect(await codeOf(failed)).toBe('nameAlreadyExists');
    expect(simulator.library.read('big.csv').toString()).toBe('first');
    expect(await (await send(renaming, content, whole)).json()).toMatchObject({ name: 'big 1.csv' });
    const replaced = await send(replacing, content, whole);
    expect(replaced.status).toBe(200);
    expect(await replaced.json()).toMatchObject({ id });
    expect((await create('big.csv', { [conflict]: 'fail' })).status).toBe(409);
  });

  test('replaces when it says nothing, and keeps the time that the client gives', async () => {
    const { id } = simulator.library.put('a.csv', 'first');
    const session = await begin('a.csv', {
      fileSystemInfo: { lastModifiedDateTime: '2020-02-03T04:05:06Z' },
    });

    const replaced = await send(session, Buffer.from('second'), [0, 6]);

    expect(await replaced.json()).toMatchObject({
      id,
      lastModifiedDateTime: '2026-11-22T12:00:00Z',
      fileSystemInfo: { lastModifiedDateTime: '2020-02-03T04:05:06Z' },
    });
  });

  test('begins only while the preconditions hold', async () => {
    const { eTag } = simulator.library.put('a.csv', 'first');

    expect((await create('a.csv', {}, { 'if-match': eTag })).status).toBe(200);
    expect((await create('a.csv', {}, { 'if-match': '"{OTHER},1"' })).status).toBe(412);
    expect((await create('a.csv', {}, { 'if-none-match': '*' })).status).toBe(412);
    expect((await create('new.csv', {}, { 'if-none-match': '*' })).status).toBe(200);
  });
});

async function create(
  name: string,
  item: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Promise<Answer> {
  return await client.graph(`${drive}/root:/Reports/${name}:/createUploadSession`, {
    method: 'POST',
    body: JSON.stringify({ item }),
    headers,
  });
}

async function begin(name: string, item?: Record<string, unknown>): Promise<Session> {
  const response = await create(name, item);
  expect(response.status).toBe(200);
  return (await response.json()) as Session;
}

async function send(
  { uploadUrl }: Session,
  content: Buffer,
  [start, end]: readonly [number, number],
): Promise<Answer> {
  return await client.raw(uploadUrl, {
    method: 'PUT',
    body: content.subarray(start, end),
    headers: { 'content-range': `bytes ${start}-${end - 1}/${content.length}` },
  });
}

async function codeOf(response: Answer): Promise<string> {
  return ((await response.json()) as { error: { code: string } }).error.code;
}
