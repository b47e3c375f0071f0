import { expect, test } from 'vitest';

import { driveOf, HttpClient, testSimulator } from './http-client.ts';

function now(): Date {
  return new Date('2026-11-22T14:20:00Z');
}

test('tokens, download links and hourly files go by the clock that is set', async () => {
  const simulator = await testSimulator({ datasets: 'generated', now });
  const client = new HttpClient(simulator);
  const drive = await driveOf(client);
  const [{ id } = { id: '' }] = simulator.library.list();
  const link = (await client.graph(`${drive}/items/${id}/content`)).headers.get('location')!;
  async function move(to: object): Promise<unknown> {
    const response = await client.raw('/sim/clock', { method: 'POST', body: JSON.stringify(to) });
    return await response.json();
  }
  async function statuses(): Promise<number[]> {
    return [(await client.graph(`${drive}/root`)).status, (await client.raw(link)).status];
  }

  expect(await (await client.raw('/sim/clock')).json()).toEqual({ now: '2026-11-22T14:20:00.000Z' });
  expect(await move({ advanceSeconds: 3590 })).toEqual({ now: '2026-11-22T15:19:50.000Z' });
  expect(await statuses()).toEqual([200, 200]);
  expect(simulator.library.list().some(({ path }) => path.includes('20261122_1400'))).toBe(true);
  expect(await move({ now: '2026-11-22T16:20:01+01:00' })).toEqual({ now: '2026-11-22T15:20:01.000Z' });
  expect(await statuses()).toEqual([401, 401]);
  await move({ now: '2026-11-22T14:20:00Z' });
  expect(await statuses()).toEqual([200, 200]);
});

test('a time that makes no sense is refused', async () => {
  const client = new HttpClient(await testSimulator({ now }));

  for (const body of [
    '{}',
    '{"now": "yesterday"}',
    '{"now": "2026-11-22T14:20:00"}',
    '{"advanceSeconds": -1}',
    '{"advanceSeconds": 1, "now": "2026-11-22T14:20:00Z"}',
  ]) {
    const response = await client.raw('/sim/clock', { method: 'POST', body });
    expect([body, response.status]).toEqual([body, 400]);
  }
});
