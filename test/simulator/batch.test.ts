import { beforeEach, expect, test } from 'vitest';

import type { Simulator } from '../../src/simulator/simulator.ts';
import { driveOf, HttpClient, testSimulator } from './http-client.ts';

interface Member {
  readonly id: string;
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: Record<string, unknown>;
}

let simulator: Simulator;
let client: HttpClient;
let drive: string;

beforeEach(async () => {
  simulator = await testSimulator();
  client = new HttpClient(simulator);
  drive = await driveOf(client);
});

test('each member of a batch has an answer of its own', async () => {
  const { id } = simulator.library.put('a.csv', 'one');
  simulator.faults.failNext({ match: /Reports\/limited/, status: 429, retryAfterSeconds: 7 });

  const answers = await batch([
    { id: 'get', method: 'GET', url: `${drive}/items/${id}?$select=id,name` },
    { id: 'content', method: 'GET', url: `${drive}/items/${id}/content` },
    { id: 'missing', method: 'GET', url: `${drive}/root:/Reports/missing.csv` },
    { id: 'limited', method: 'GET', url: `${drive}/root:/Reports/limited` },
    {
      id: 'folder',
      method: 'POST',
      url: `${drive}/root:/Reports:/children`,
      headers: { 'Content-Type': 'application/json' },
      body: { name: 'New', folder: {} },
    },
    { id: 'gone', method: 'DELETE', url: `${drive}/root:/Reports/New`, dependsOn: ['folder'] },
    { id: 'held up', method: 'GET', url: `${drive}/root`, dependsOn: ['missing'] },
    { id: 'held up too', method: 'GET', url: `${drive}/root`, dependsOn: ['held up'] },
  ]);

  expect(answers['get']).toMatchObject({ status: 200, body: { id, name: 'a.csv' } });
  expect(answers['content']).toMatchObject({ status: 302 });
  expect(answers['content']?.headers?.['Location']).toMatch(/^https:\/\/127\.0\.0\.1:\d+\//);
  expect(answers['missing']).toMatchObject({ status: 404, body: { error: { code: 'itemNotFound' } } });
  expect(answers['limited']).toMatchObject({ status: 429, headers: { 'Retry-After': '7' } });
  expect(answers['folder']).toMatchObject({ status: 201 });
  expect(answers['gone']).toMatchObject({ status: 204 });
  expect(answers['held up']).toMatchObject({ status: 424 });
  expect(answers['held up too']).toMatchObject({ status: 424 });
});

test.each([
  ['more than twenty requests', Array.from({ length: 21 }, (_, index) => get(String(index)))],
  ['ids that are not unique', [get('1'), get('1')]],
  ['no requests', []],
  ['whole addresses', [{ ...get('1'), url: 'https://graph.microsoft.com/v1.0/sites' }]],
  ['a dependency that is not there', [{ ...get('1'), dependsOn: ['2'] }]],
  [
    'dependencies in a circle',
    [
      { ...get('1'), dependsOn: ['2'] },
      { ...get('2'), dependsOn: ['1'] },
    ],
  ],
])('a batch with %s is refused', async (_, requests) => {
  const response = await send(requests);

  expect(response.status).toBe(400);
});

test('twenty requests are taken, and each counts as one', async () => {
  const before = simulator.requests.length;

  const answers = await batch(Array.from({ length: 20 }, (_, index) => get(String(index))));

  expect(Object.values(answers).every(({ status }) => status === 404)).toBe(true);
  expect(simulator.requests.slice(before).filter(({ url }) => url.includes('missing'))).toHaveLength(20);
});

test('a batch needs an access token', async () => {
  expect((await client.raw('/v1.0/$batch', { method: 'POST', body: '{}' })).status).toBe(401);
});

function get(id: string): Record<string, unknown> {
  return { id, method: 'GET', url: `/sites/contoso.sharepoint.com:/sites/missing` };
}

function send(requests: readonly unknown[]): ReturnType<HttpClient['graph']> {
  return client.graph('/$batch', { method: 'POST', body: JSON.stringify({ requests }) });
}

async function batch(requests: readonly unknown[]): Promise<Record<string, Member>> {
  const response = await send(requests);
  expect(response.status).toBe(200);
  const { responses } = (await response.json()) as { responses: Member[] };
  return Object.fromEntries(responses.map((member) => [member.id, member]));
}
