import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';

import { expect, test } from 'vitest';

import type { Sql } from '../../src/database/connection.ts';
import { bearer, TestApi } from './test-api.ts';

test.for([
  ['while their work is done', 'charlie.run_history', 'GET', '/pipeline/runs', undefined],
  [
    'before anybody knows who they are',
    'charlie.api_tokens',
    'POST',
    '/tokens',
    { name: 'x', role: 'viewer' },
  ],
] as const)('requests whose clients go %s hold no place', async ([, table, method, path, body]) => {
  await using api = await TestApi.start();
  const headers = bearer(await api.token('admin'));
  const send = await listening(api);
  const locked = await lock(api.sql, `${table} in access exclusive mode`);
  const requests = Array.from({ length: 101 }, () => send(method, path, { body, headers }));
  const responses = requests.map((each) => once(each, 'response') as Promise<IncomingMessage[]>);
  expect((await Promise.race(responses))[0]?.statusCode).toBe(503);

  for (const each of requests) each.destroy();
  await locked.release();

  await expect.poll(async () => (await api.get('/tokens', headers)).statusCode).toBe(200);
});

test('what a client has changed that did not wait for the answer is in the audit log', async () => {
  await using api = await TestApi.start();
  const send = await listening(api);
  const locked = await lock(api.sql, 'charlie.api_tokens in share mode');
  const asked = send('POST', '/tokens', { body: { name: 'for nobody', role: 'viewer' } });
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
  return (
    method: string,
    path: string,
    {
      body,
      headers = {},
    }: { readonly body?: object | undefined; readonly headers?: Record<string, string> } = {},
  ): ClientRequest => {
    const type = body === undefined ? {} : { 'content-type': 'application/json' };
    const sent = request({ host: '127.0.0.1', port, method, path, headers: { ...headers, ...type } });
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
