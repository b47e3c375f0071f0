import { expect, test } from 'vitest';

import { connect, type Sql } from '../../src/database/connection.ts';
import { together } from '../../src/database/together.ts';
import { transaction } from '../../src/database/transaction.ts';
import { Secret } from '../../src/settings/secret.ts';
import { createTestDatabase } from '../support/with-database.ts';
import { gate } from './gate.ts';

interface Numbers {
  /** One connection in the pool, so that what comes next gets the place of the one that was lost. */
  readonly sql: Sql;
  readonly inTable: () => Promise<number[]>;
  /** Ends the connection of a transaction from outside, while the transaction does something else. */
  readonly terminate: (pid: number) => Promise<void>;
}

async function withNumbers(work: (numbers: Numbers) => Promise<void>): Promise<void> {
  const database = await createTestDatabase();
  const sql = connect(new Secret(database.url), 1);
  const admin = connect(new Secret(database.url), 1);
  await admin`create table numbers (number integer)`;
  const inTable = async () =>
    (await admin<{ number: number }[]>`select number from numbers order by 1`).map((row) => row.number);
  const terminate = async (pid: number) => {
    await admin`select pg_terminate_backend(${pid}, 10_000)`;
  };
  try {
    await work({ sql, inTable, terminate });
  } finally {
    await Promise.all([sql.end({ timeout: 1 }), admin.end()]);
    await database.drop();
  }
}

test('of a transaction that loses its connection while it does something else nothing is committed, whatever comes after', async () => {
  await withNumbers(async ({ sql, inTable, terminate }) => {
    const [goOn, left] = [gate(), gate()];
    const lost = transaction(sql, async (tx) => {
      const [{ pid }] = await tx<[{ pid: number }]>`select pg_backend_pid() as pid`;
      await tx`insert into numbers values (1)`;
      await terminate(pid);
      await goOn.passed;
      try {
        await tx`insert into numbers values (2)`;
        await tx`insert into numbers values (3)`;
      } finally {
        left.open();
      }
    });
    await expect(lost).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });

    await transaction(sql, async (tx) => {
      await tx`insert into numbers values (4)`;
      goOn.open();
      await left.passed;
      await tx`insert into numbers values (5)`;
    });

    expect(await inTable()).toEqual([4, 5]);
  });
});

test('a transaction that loses its connection and then fails rolls nobody else back', async () => {
  await withNumbers(async ({ sql, inTable, terminate }) => {
    const [goOn, left] = [gate(), gate()];
    const lost = transaction(sql, async (tx) => {
      const [{ pid }] = await tx<[{ pid: number }]>`select pg_backend_pid() as pid`;
      await terminate(pid);
      await goOn.passed;
      left.open();
      throw new Error('of the work');
    });
    await expect(lost).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });

    await transaction(sql, async (tx) => {
      await tx`insert into numbers values (1)`;
      goOn.open();
      await left.passed;
      await new Promise(setImmediate);
      await tx`insert into numbers values (2)`;
    });

    expect(await inTable()).toEqual([1, 2]);
  });
});

test('a transaction whose work fails is rolled back, and its connection serves the next one', async () => {
  await withNumbers(async ({ sql, inTable }) => {
    const failing = transaction(sql, async (tx) => {
      await tx`insert into numbers values (1)`;
      await tx`select 1 / 0`;
    });
    await expect(failing).rejects.toMatchObject({ code: '22012' });
    await transaction(sql, (tx) => tx`insert into numbers values (2)`);

    expect(await inTable()).toEqual([2]);
  });
});

test('of statements that are sent together all are waited for when one of them fails, and none is committed', async () => {
  await withNumbers(async ({ sql, inTable }) => {
    const failed = transaction(sql, async (tx) => {
      async function refuse(): Promise<void> {
        await tx`insert into numbers values (1)`;
        throw new Error('The run is closed');
      }
      async function goOn(): Promise<void> {
        await tx`select pg_sleep(0.1)`;
        await tx`insert into numbers values (2)`;
      }
      await together([refuse(), goOn()]);
    });
    await expect(failed).rejects.toThrow('The run is closed');

    await sql`insert into numbers values (3)`;

    expect(await inTable()).toEqual([3]);
  });
});
