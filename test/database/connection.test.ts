import { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';

import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { connect, type Sql } from '../../src/database/connection.ts';
import { freePort } from '../../src/local/ports.ts';
import { Secret } from '../../src/settings/secret.ts';
import { ownPostgres } from '../outages/own-servers.ts';
import { createTestDatabase } from '../support/with-database.ts';

/** Those that were opened since the test began. */
let sockets: Socket[];

beforeEach(() => {
  sockets = [];
  const setNoDelay = vi.spyOn(Socket.prototype, 'setNoDelay');
  sockets = setNoDelay.mock.contexts as Socket[];
});

afterEach(() => {
  vi.restoreAllMocks();
});

async function answer(sql: Sql): Promise<number> {
  const [{ one }] = await sql<[{ one: number }]>`select 1 as one`;
  return one;
}

test('a pool whose server was away answers as soon as the server does', async () => {
  await using server = await ownPostgres();
  const sql = connect(new Secret(server.running.url), 1);
  expect(await answer(sql)).toBe(1);

  await server.die();
  for (let attempt = 0; attempt < 20; attempt++)
    await expect(answer(sql)).rejects.toMatchObject({
      code: expect.stringMatching(/ECONNREFUSED|ECONNRESET|CONNECTION_CLOSED|57P0/) as string,
    });
  await server.comeBack();

  expect(await answer(sql)).toBe(1);
  await sql.end({ timeout: 1 });
});

test('a pool whose connection was lost just as it sent a statement answers the next one', async () => {
  const database = await createTestDatabase();
  const sql = connect(new Secret(database.url), 1);
  expect(await answer(sql)).toBe(1);

  for (let round = 0; round < 5; round++) {
    // Streams say that they are closed after this phase of the event loop, and the driver writes in the next one.
    await setImmediate();
    const lost = sql`select 2`.execute();
    for (const socket of sockets) socket.destroy();
    await expect(lost).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
    expect(await answer(sql)).toBe(1);
  }

  await sql.end({ timeout: 1 });
  await database.drop();
});

test('where no server listens the error says so', async () => {
  const sql = connect(new Secret(`postgres://user:password@127.0.0.1:${await freePort()}/charlie`), 1);

  await expect(answer(sql)).rejects.toMatchObject({ code: 'ECONNREFUSED' });

  await sql.end();
});

test.each([
  ['text', ['plain', 'comma, "quote" and \\backslash', '{}', '', 'NULL', null, 'ünï 😀\n']],
  ['bigint', [1, -2, 9_007_199_254_740_991, null]],
  ['integer', [0, -1]],
  ['float8', [0.5, -1e300]],
  ['numeric', ['1.50', null]],
  ['boolean', [null, true, false]],
  ['timestamptz', ['2026-11-20T10:00:00.000Z']],
  ['jsonb', [null, { a: ['"'] }]],
] as const)('an array of %s comes through as it is', async (type, values) => {
  const database = await createTestDatabase();
  const sql = connect(new Secret(database.url), 1);

  const [row] = await sql<[{ back: unknown[] }]>`
    select to_jsonb(${values as never}::${sql.unsafe(type)}[]) as back`;

  const plain = row.back.map((value) =>
    typeof value === 'string' && type === 'timestamptz' ? new Date(value).toISOString() : value,
  );
  expect(plain).toEqual(type === 'numeric' ? [1.5, null] : values);
  await sql.end();
  await database.drop();
});

test('a query that selects an array is a mistake, which shows at once', async () => {
  const database = await createTestDatabase();
  const sql = connect(new Secret(database.url), 1);

  await expect(sql`select array['a'] as names`).rejects.toMatchObject({ name: 'ArraySelected' });

  await sql.end();
  await database.drop();
});

test('a connection that is ended at any moment neither forgets a statement nor takes the process along', async () => {
  const database = await createTestDatabase();
  const sql = connect(new Secret(database.url), 1);
  const unhandled = vi.fn();
  process.on('unhandledRejection', unhandled);
  try {
    for (let round = 0; round < 40; round++) {
      const query = answer(sql).catch(() => 'refused');
      await sql.observer`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()`;
      expect([1, 'refused']).toContain(await query);
    }
  } finally {
    process.off('unhandledRejection', unhandled);
  }
  expect(unhandled).not.toHaveBeenCalled();

  // Without a limit the driver may wait for the end of a connection that has long ended.
  await sql.end({ timeout: 1 });
  await database.drop();
});
