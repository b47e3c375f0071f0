import { readFileSync } from 'node:fs';
import { Agent, request } from 'undici';
import { expect, test } from 'vitest';

import { HttpClient, testSimulator } from './http-client.ts';

function now(): Date {
  return new Date('2026-11-22T14:20:00Z');
}

test('generating adds the newest files that are not there yet, with as many rows as asked for', async () => {
  const simulator = await testSimulator({ datasets: 'generated', now });
  const client = new HttpClient(simulator);
  const before = new Set(simulator.library.list().map((file) => file.path));
  async function generate(body: string | null): Promise<unknown> {
    const response = await client.raw('/sim/generate/all', { method: 'POST', body });
    return [response.status, await response.json()];
  }

  const oneOfEach = await generate(null);
  const many = await generate('{"rows": 40, "files": 30}');

  const added = simulator.library.list().filter((file) => !before.has(file.path));
  expect(oneOfEach).toEqual([201, { files: 4, rows: expect.any(Number) as number }]);
  expect(many).toEqual([201, { files: 30, rows: 1200 }]);
  expect(added).toHaveLength(34);
  expect(added.some((file) => file.path === 'agent_productivity_20261120.csv')).toBe(true);
});

test.each(['{"rows": 0}', '{"files": 1.5}', '{"rows": "many"}', '[', '7'])(
  'the body %s is refused',
  async (body) => {
    const simulator = await testSimulator({ datasets: 'generated', now });

    const response = await new HttpClient(simulator).raw('/sim/generate/all', { method: 'POST', body });

    expect(response.status).toBe(400);
  },
);

test('a library that is not generated cannot be told to generate', async () => {
  const response = await new HttpClient(await testSimulator()).raw('/sim/generate/all', { method: 'POST' });

  expect(response.status).toBe(409);
});

test('the status says what the library holds', async () => {
  const simulator = await testSimulator({ now });
  simulator.library.put('a.csv', '12345');
  simulator.library.put('Sub/b.csv', '678');

  const status = await (await new HttpClient(simulator).raw('/sim')).json();

  expect(status).toEqual({
    site: 'https://contoso.sharepoint.com/sites/ContactCentre',
    folder: '/Shared Documents/Reports',
    files: 2,
    bytes: 8,
    generates: false,
    requests: 1,
    now: '2026-11-22T14:20:00.000Z',
  });
});

test('the page lists the files, links to their contents, and lets no name become markup', async () => {
  const simulator = await testSimulator();
  const client = new HttpClient(simulator);
  simulator.library.put('<img src=x>&.csv', 'hello');

  const response = await client.raw('/');
  const html = await response.text();

  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(html).toContain('&lt;img src=x&gt;&amp;.csv');
  expect(html).not.toContain('<img');
  const link = /<a href="([^"]+)"/.exec(html)![1]!.replaceAll('&amp;', '&');
  expect(await (await client.raw(link)).text()).toBe('hello');
});

test('pages of other origins cannot steer it, and other host names do not reach it', async () => {
  const simulator = await testSimulator({ datasets: 'generated', now });
  const client = new HttpClient(simulator);

  const foreign = await client.raw('/sim/generate/all', {
    method: 'POST',
    headers: { origin: 'https://evil.example' },
  });
  const dispatcher = new Agent({
    connect: { ca: readFileSync(simulator.caFile), checkServerIdentity: () => undefined },
  });
  const rebound = await request(`${simulator.url}/sim`, { dispatcher, headers: { host: 'evil.example' } });

  expect([foreign.status, rebound.statusCode]).toEqual([403, 403]);
});
