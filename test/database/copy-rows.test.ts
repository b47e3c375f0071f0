import { expect, test } from 'vitest';

import { copyRows } from '../../src/database/queries/copy-rows.ts';
import { transaction } from '../../src/database/transaction.ts';
import { gate } from './gate.ts';
import { Ledger } from './ledger.ts';

/** A row of one integer, as COPY takes it. */
function row(id: number): Buffer {
  const bytes = Buffer.alloc(10);
  bytes.writeInt16BE(1);
  bytes.writeInt32BE(4, 2);
  bytes.writeInt32BE(id, 6);
  return bytes;
}

test('a transaction whose rows are long in coming shows that its worker is alive, before them and between them', async () => {
  await using ledger = await Ledger.create();
  const { sql } = ledger;
  await sql`create table datasets.numbers (id integer)`;
  const waits = [gate(), gate()] as const;
  async function* chunks(): AsyncGenerator<Buffer> {
    await waits[0].passed;
    yield row(1);
    await waits[1].passed;
    yield row(2);
  }
  const pid = Promise.withResolvers<number>();
  const { signal } = new AbortController();
  const copying = transaction(sql, async (tx) => {
    const [backend] = await tx<[{ pid: number }]>`select pg_backend_pid() as pid`;
    pid.resolve(backend.pid);
    const rows = { table: 'numbers', columns: ['id'], chunks: chunks() };
    await copyRows(tx, { ...rows, isInterrupted: () => false, interrupt: async () => undefined }, signal);
  });

  for (const wait of waits) {
    const since = await state(await pid.promise);
    await expect
      .poll(async () => state(await pid.promise), { timeout: 30_000 })
      .toMatchObject({
        query: 'select',
        state: 'idle in transaction',
        changed: expect.not.stringMatching(since.changed) as string,
      });
    wait.open();
  }
  await copying;

  expect([...(await sql`select id from datasets.numbers order by id`)]).toEqual([{ id: 1 }, { id: 2 }]);

  async function state(backend: number): Promise<{ query: string; state: string; changed: string }> {
    const [session] = await sql<[{ query: string; state: string; changed: string }]>`
      select query, state, state_change::text as changed from pg_stat_activity where pid = ${backend}`;
    return session;
  }
});
