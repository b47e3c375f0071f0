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

type Answer = Awaited<ReturnType<HttpClient['raw']>>;

async function post(body: unknown): Promise<Answer> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return await client.raw('/sim/faults', { method: 'POST', body: text });
}

async function script(...faults: object[]): Promise<void> {
  expect((await post(faults)).status).toBe(201);
}

test('a script of faults strikes in its order, is listed while it waits, and can be taken back', async () => {
  const posted = await post([
    { match: '/root$', status: 503, times: 2 },
    { match: '/root$', status: 504, skip: 1 },
    { match: '/nowhere', status: 500, times: 'always' },
  ]);
  const answers = [];
  for (let index = 0; index < 5; index += 1) answers.push((await client.graph(`${drive}/root`)).status);
  async function waiting(): Promise<unknown> {
    return await (await client.raw('/sim/faults')).json();
  }

  expect(await posted.json()).toMatchObject({ value: [{ id: 1 }, { id: 2 }, { id: 3 }] });
  expect(answers).toEqual([503, 503, 200, 504, 200]);
  expect(await waiting()).toEqual({
    value: [{ id: 3, match: '\\/nowhere', status: 500, left: 'always', taken: 0 }],
  });
  expect((await client.raw('/sim/faults/3', { method: 'DELETE' })).status).toBe(204);
  expect((await client.raw('/sim/faults/3', { method: 'DELETE' })).status).toBe(404);
  await script({ match: '/root$', status: 500 });
  expect((await client.raw('/sim/faults', { method: 'DELETE' })).status).toBe(204);
  expect(await waiting()).toEqual({ value: [] });
});

test('a script that makes no sense is refused, and the answer says what is wrong with it', async () => {
  const refused: readonly (readonly [unknown, string])[] = [
    ['[', 'The body is no JSON'],
    [[], 'expected array to have >=1 items'],
    [{ status: 500 }, 'match: '],
    [{ match: '(', status: 500 }, 'match: Invalid regular expression'],
    [{ match: 'x' }, 'Nothing goes wrong here'],
    [{ match: 'x', status: 200 }, 'status: Too small'],
    [{ match: 'x', status: '429' }, 'status: '],
    [{ match: 'x', status: 500, drop: true }, 'An answer fails in one way'],
    [{ match: 'x', drop: true, retryAfterSeconds: 3 }, 'need a status'],
    [{ match: 'x', times: 'often', drop: true }, 'times: This has to be a whole number from 1, or "always"'],
    [{ match: 'x', stauts: 429 }, 'Unrecognized key: "stauts"'],
    [
      [
        { match: 'x', drop: true },
        { match: 'x', latencyMs: -1 },
      ],
      '1: latencyMs: ',
    ],
  ];
  for (const [body, reason] of refused) {
    const response = await post(body);
    const { error } = (await response.json()) as { error: { code: string; message: string } };

    expect([response.status, error.code]).toEqual([400, 'invalidRequest']);
    expect(error.message).toContain(reason);
  }
  expect(simulator.faults.waiting).toEqual([]);
});

test('a status comes with Retry-After in seconds or as a date, with headers, and with HTML or nothing for a body', async () => {
  const limits = { 'RateLimit-Limit': '1250', 'RateLimit-Remaining': '0', 'RateLimit-Reset': '9' };
  await script(
    { match: '/root$', status: 429, retryAfterSeconds: 7, headers: limits },
    { match: '/root$', status: 503, retryAfterSeconds: 60, retryAfterAsDate: true, body: '' },
    { match: '/root$', status: 502, body: '<h1>Bad gateway</h1>' },
  );
  const before = Date.now();

  const throttled = await client.graph(`${drive}/root`);
  const unavailable = await client.graph(`${drive}/root`);
  const gateway = await client.graph(`${drive}/root`);

  expect(Object.fromEntries(throttled.headers)).toMatchObject({
    'retry-after': '7',
    'ratelimit-limit': '1250',
    'ratelimit-remaining': '0',
    'ratelimit-reset': '9',
  });
  const date = unavailable.headers.get('retry-after')!;
  expect(date).toMatch(/^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/);
  expect(Date.parse(date)).toBeGreaterThanOrEqual(before + 59_000);
  expect(await unavailable.text()).toBe('');
  expect([gateway.status, await gateway.text()]).toEqual([502, '<h1>Bad gateway</h1>']);
});

test('each status carries the code that Graph has for it', async () => {
  const codes: Record<number, string> = {
    401: 'unauthenticated',
    404: 'itemNotFound',
    423: 'resourceLocked',
    429: 'activityLimitReached',
    500: 'generalException',
    504: 'gatewayTimeout',
    509: 'bandwidthLimitExceeded',
  };
  await script(...Object.keys(codes).map((status) => ({ match: '/root$', status: Number(status) })));

  for (const [status, code] of Object.entries(codes)) {
    const response = await client.graph(`${drive}/root`);
    expect(response.status).toBe(Number(status));
    expect(await response.json()).toMatchObject({ error: { code } });
  }
});

test('an answer with latency waits for it, while others are answered', async () => {
  await script({ match: 'children', latencyMs: 300_000 });
  let answered = false;
  const late = client
    .graph(`${drive}/root/children`)
    .catch(() => null)
    .finally(() => {
      answered = true;
    });

  expect((await client.graph(`${drive}/root`)).status).toBe(200);
  expect(answered).toBe(false);
  await simulator.close();
  await late;
  expect(answered).toBe(true);
});

test('latency ends with the answer', async () => {
  await script({ match: '/root$', latencyMs: 1 }, { match: '/root$', latencyMs: 1, status: 500 });

  const statuses = [await client.graph(`${drive}/root`), await client.graph(`${drive}/root`)];

  expect(statuses.map(({ status }) => status)).toEqual([200, 500]);
});

test('reset and truncation cut the answer off', async () => {
  const { id } = simulator.library.put('a.csv', 'x'.repeat(5000));
  const location = (await client.graph(`${drive}/items/${id}/content`)).headers.get('location')!;
  await script({ match: 'download', drop: true }, { match: 'download', truncate: 100 });

  await expect(client.raw(location)).rejects.toThrow('fetch failed');
  await expect((await client.raw(location)).text()).rejects.toThrow('terminated');
  expect((await (await client.raw(location)).text()).length).toBe(5000);
});

test('a stalled answer neither goes on nor ends', async () => {
  await script({ match: '/root$', stall: 10 });

  const response = await client.graph(`${drive}/root`);
  const reader = response.body!.getReader();
  expect((await reader.read()).value).toHaveLength(10);
  const rest = reader.read();
  await simulator.close();

  await expect(rest).rejects.toThrow('terminated');
});

test('sizes and hashes are wrong or missing in listings, for all files or for the one that is named', async () => {
  simulator.library.put('a.csv', '1234');
  simulator.library.put('b.csv', '1234');
  await script({ match: 'children', wrongSize: 13, file: 'b.csv' }, { match: 'children', withoutHash: true });
  const children = `${drive}/root:/Reports:/children`;

  const sizes = await client.json<GraphPage>(children);
  const hashes = await client.json<GraphPage>(children);

  expect(sizes.value.map(({ size }) => size)).toEqual([4, 17]);
  expect(hashes.value.map(({ file }) => file?.hashes)).toEqual([undefined, undefined]);
  expect((await client.json<GraphItem>(`${drive}/root:/Reports`)).size).toBe(8);
});

test('links that have expired are answered with 401, both of a redirect and of a listing', async () => {
  const { id } = simulator.library.put('a.csv', 'a');
  await script({ match: '/content', expiredLinks: true }, { match: 'children', expiredLinks: true });

  const redirect = await client.graph(`${drive}/items/${id}/content`);
  const page = await client.json<GraphPage>(`${drive}/root:/Reports:/children`);
  const addresses = [redirect.headers.get('location')!, page.value[0]!['@microsoft.graph.downloadUrl']!];
  const again = await client.graph(`${drive}/items/${id}/content`);

  for (const address of addresses) expect((await client.raw(address)).status).toBe(401);
  expect((await client.raw(again.headers.get('location')!)).status).toBe(200);
});

test('a delta link that is gone is answered with 410 and where to begin anew, or not where', async () => {
  simulator.library.put('a.csv', 'a');
  const { '@odata.deltaLink': link } = await client.json<GraphPage>(
    `${drive}/root:/Reports:/delta?$select=id,name,deleted`,
  );
  await script(
    { match: 'delta.*token=', status: 410 },
    { match: 'delta.*token=', status: 410, withoutLocation: true },
  );

  const gone = await client.graph(link!);
  const location = gone.headers.get('location')!;
  const elsewhere = await client.graph(link!);

  expect(gone.status).toBe(410);
  expect(await gone.json()).toMatchObject({ error: { code: 'resyncRequired' } });
  expect(location).not.toContain('token=');
  expect([elsewhere.status, elsewhere.headers.get('location')]).toEqual([410, null]);
  expect((await client.json<GraphPage>(location)).value.map(({ name }) => name)).toContain('a.csv');
});

test('malware is a facet of the item, and a 403 of the content host', async () => {
  const { id } = simulator.library.put('bad.csv', 'a');
  const fine = simulator.library.put('fine.csv', 'a');
  await script({ match: '.', malware: true, file: 'bad.csv', times: 'always' });

  const { value } = await client.json<GraphPage>(`${drive}/root:/Reports:/children`);
  const selected = await client.json<object>(`${drive}/items/${id}?$select=id,name`);
  async function download(item: string): Promise<Answer> {
    return await client.raw((await client.graph(`${drive}/items/${item}/content`)).headers.get('location')!);
  }
  const refused = await download(id);

  expect(value.map((item) => 'malware' in item)).toEqual([true, false]);
  expect(selected).not.toHaveProperty('malware');
  expect(refused.status).toBe(403);
  expect(refused.headers.get('x-virus-infected')).toBe('Simulated.Virus');
  expect(await refused.json()).toMatchObject({ error: { code: 'malwareDetected' } });
  expect((await download(fine.id)).status).toBe(200);
});

test('delta of a folder is answered with 501 while it is switched off, and that of the root is not', async () => {
  await script({ match: 'delta', rootDeltaOnly: true, times: 'always' });

  const folder = await client.graph(`${drive}/root:/Reports:/delta`);

  expect(folder.status).toBe(501);
  expect(await folder.json()).toMatchObject({ error: { code: 'notSupported' } });
  expect((await client.graph(`${drive}/root/delta`)).status).toBe(200);
});

test.each(['children', 'delta'])(
  'a page of %s without items links to the one that has them',
  async (what) => {
    simulator.library.put('a.csv', 'a');
    const address = `${drive}/root:/Reports:/${what}?$select=id,name`;
    await script({ match: what, emptyPage: true });

    const empty = await client.json<GraphPage>(address);
    const full = await client.json<GraphPage>(empty['@odata.nextLink']!);

    expect(empty.value).toEqual([]);
    expect(empty).not.toHaveProperty('@odata.deltaLink');
    expect(new URL(empty['@odata.nextLink']!).search).not.toBe(new URL(address, simulator.url).search);
    expect(full.value.map(({ name }) => name)).toContain('a.csv');
  },
);

test('a round of delta may tell of an item twice, and the last time is how it is', async () => {
  const { id } = simulator.library.put('a.csv', '1234');
  await script({ match: 'delta', duplicateItem: true });

  const { value } = await client.json<GraphPage>(`${drive}/root:/Reports:/delta`);

  expect(value.filter((item) => item.id === id).map(({ size }) => size)).toEqual([0, 4]);
});

test('a content host that ignores Range sends the whole file with 200', async () => {
  const { id } = simulator.library.put('a.csv', '0123456789');
  const location = (await client.graph(`${drive}/items/${id}/content`)).headers.get('location')!;
  await script({ match: 'download', ignoreRange: true });

  const response = await client.raw(location, { headers: { range: 'bytes=4-' } });

  expect([response.status, await response.text()]).toEqual([200, '0123456789']);
});
