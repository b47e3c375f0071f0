import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';

import { expect, test } from 'vitest';

import type { Sql } from '../../src/database/connection.ts';
import { TestApi } from './test-api.ts';

test('requests whose clients have gone hold no place once their work is done', async () => {
  await using api = await TestApi.start();
  const send = await listening(api);
  const locked = await lock(api.sql, 'charlie.run_history in access exclusive mode');
  const requests = Array.from({ length: 101 }, () => send('GET', '/pipeline/runs'));
  const responses = requests.map((each) => once(each, 'response') as Promise<IncomingMessage[]>);
  expect((await Promise.race(responses))[0]?.statusCode).toBe(503);

  for (const each of requests) each.destroy();
  await locked.release();

  await expect.poll(async () => (await api.get('/tokens')).statusCode).toBe(200);
});

test('what a client has changed that did not wait for the answer is in the audit log', async () => {
  await using api = await TestApi.start();
  const send = await listening(api);
  const locked = await lock(api.sql, 'charlie.api_tokens in share mode');
  const asked = send('POST', '/tokens', { name: 'for nobody', role: 'viewer' });
  await expect.poll(() => isWaitedFor(api.sql)).toBe(true);

  asked.destroy();
  await locked.release();

  await expect
    .poll(async () => (await api.get('/audit')).json<{ items: unknown[] }>().items)
    .toMatchObject([{ method: 'POST', path: '/tokens', status: 201 }]);
});

/** Sends requests that are answered by nobody's reading. */
async function listening({ app }: TestApi) {
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  return (method: string, path: string, body?: object): ClientRequest => {
    const headers = { 'content-type': 'application/json' };
    const sent = request({ host: '127.0.0.1', port, method, path, ...(body && { headers }) });
    sent.on('error', () => undefined);
    sent.end(body && JSON.stringify(body));
    return sent;
  };
}

/** Whoever needs the table waits until it is released. */
async function lock(sql: Sql, what: string) {
  const own = await sql.reserve();
  await own.unsafe(`begin; lock table ${what}`);
  return {
    release: async () => {
      await own`rollback`;
      own.release();
    },
  };
}

async function isWaitedFor(sql: Sql): Promise<boolean> {
  const waiting = await sql`
    select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  return waiting.length > 0;
}
