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
  async function generate(body: string | null, dataset = 'all'): Promise<unknown> {
    const response = await client.raw(`/sim/generate/${dataset}`, { method: 'POST', body });
    return [response.status, await response.json()];
  }

  const oneOfEach = await generate(null);
  const many = await generate('{"rows": 40, "files": 30}');

  const added = simulator.library.list().filter((file) => !before.has(file.path));
  const some = expect.any(Number) as number;
  expect(oneOfEach).toEqual([201, { files: 4, rows: some, badRows: some }]);
  expect(many).toEqual([201, { files: 30, rows: 1200, badRows: some }]);
  expect(added).toHaveLength(34);
  expect(added.some((file) => file.path === 'agent_productivity_20261120.csv')).toBe(true);
});

test('one dataset is generated alone, with the share of bad rows that is asked for, the same for the same seed', async () => {
  async function generated(): Promise<unknown> {
    const simulator = await testSimulator({ datasets: 'generated', now, seed: 5 });
    const before = new Set(simulator.library.list().map((file) => file.path));
    const client = new HttpClient(simulator);
    const made: unknown[] = [];
    for (const badRowShare of [0, 0.5, 1]) {
      const body = JSON.stringify({ files: 2, rows: 400, badRowShare });
      const response = await client.raw('/sim/generate/quality_scores', { method: 'POST', body });
      made.push(await response.json());
    }
    const files = simulator.library.list().filter((file) => !before.has(file.path));
    return { made, files: files.map(({ path, id, quickXorHash }) => ({ path, id, quickXorHash })) };
  }
  const [first, second] = [await generated(), await generated()] as {
    made: { files: number; rows: number; badRows: number }[];
    files: { path: string }[];
  }[];

  expect(second).toEqual(first);
  expect(first!.files).toHaveLength(6);
  expect(first!.files.every(({ path }) => path.startsWith('quality_scores'))).toBe(true);
  const [none, half, all] = first!.made.map(({ badRows }) => badRows);
  expect([none, all]).toEqual([0, 800]);
  expect(half).toBeGreaterThan(340);
  expect(half).toBeLessThan(460);
});

test('a dataset that nobody can generate is not found, and the answer names those that can be', async () => {
  const simulator = await testSimulator({ datasets: 'generated', now });

  const response = await new HttpClient(simulator).raw('/sim/generate/cals', { method: 'POST' });

  expect(response.status).toBe(404);
  expect(await response.text()).toContain(
    'No dataset cals can be generated; there are all, calls, campaign_interactions, quality_scores, agent_productivity.',
  );
});

test('a request to generate that makes no sense is refused', async () => {
  const simulator = await testSimulator({ datasets: 'generated', now });
  const client = new HttpClient(simulator);
  const before = simulator.library.list().length;

  for (const body of [
    '{"rows": 0}',
    '{"files": 1.5}',
    '{"files": 100001}',
    '{"rows": "many"}',
    '{"badRowShare": 1.1}',
    '{"row": 7}',
    '[',
    '7',
  ]) {
    const response = await client.raw('/sim/generate/all', { method: 'POST', body });
    expect([body, response.status]).toEqual([body, 400]);
  }
  expect(simulator.library.list()).toHaveLength(before);
});

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
