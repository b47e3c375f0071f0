import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { afterEach, expect, test } from 'vitest';

import {
  connect,
  type Pool,
  type Sql,
  type Transaction,
  withDatabase,
} from '../../src/database/connection.ts';
import { beginAs } from '../../src/database/owned-transaction.ts';
import { sessionName } from '../../src/database/sessions.ts';
import { transaction } from '../../src/database/transaction.ts';
import { TransactionWatch } from '../../src/database/transaction-watch.ts';
import { Secret } from '../../src/settings/secret.ts';
import { createTestDatabase } from '../support/with-database.ts';
import { type Gate, gate } from './gate.ts';
import { owner, type TestOwner } from './owner.ts';

const cleanUp: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const step of cleanUp.splice(0)) await step();
});

async function database(): Promise<{ sql: Sql; url: string }> {
  const created = await createTestDatabase();
  const { url } = created;
  const sql = connect(new Secret(url), 4);
  cleanUp.push(
    () => sql.end({ timeout: 1 }),
    () => created.drop(),
  );
  await sql`create table held (number integer)`;
  await sql`insert into held values (0)`;
  return { sql, url };
}

function lock(tx: Transaction): Promise<unknown> {
  return tx`select * from held for update`;
}

/** A transaction that holds the lock until it is told to end. */
interface Holder {
  readonly ended: Promise<unknown>;
  readonly letGo: Gate['open'];
}

/** Takes the lock and then does nothing, like a worker that was stopped. */
async function hold(sql: Sql, as: TestOwner): Promise<Holder> {
  const [held, release] = [gate(), gate()];
  const ended = beginAs(sql, as, async (tx) => {
    await lock(tx);
    await tx`update held set number = number + 1`;
    held.open();
    await release.passed;
  });
  ended.catch(() => undefined);
  await held.passed;
  return { ended, letGo: release.open };
}

/** Wants the lock, under a watch that takes a transaction for frozen after a moment. */
async function want(sql: Sql, as: TestOwner, observer: Pool = sql.observer): Promise<void> {
  await transaction(sql, async (tx) => {
    const [{ pid }] = await tx<[{ pid: number }]>`
      select pg_backend_pid() as pid, set_config('application_name', ${sessionName(as)}, true)`;
    const watch = new TransactionWatch(observer, as, 500);
    watch.begin(pid);
    try {
      await lock(tx);
    } finally {
      await watch.end();
    }
  });
}

/** The observer, and how often it was asked who stands in the way. */
function counted(observer: Pool): { observer: Pool; looks: () => number } {
  let looks = 0;
  return {
    observer: new Proxy(observer, {
      apply(target, self, parts: [readonly string[]]) {
        if (parts[0].join('').includes('pg_blocking_pids')) looks++;
        return Reflect.apply(target, self, parts) as unknown;
      },
    }),
    looks: () => looks,
  };
}

test('an earlier attempt of the same activity that holds a lock is ended at once, and nothing of it is committed', async () => {
  const { sql } = await database();
  const zombie = await hold(sql, owner({ attempt: 1 }));
  const successor = owner({ attempt: 3 });

  await beginAs(sql, successor, lock);

  await expect
    .poll(() => successor.terminated)
    .toMatchObject([{ name: 'charlie run 1 1', why: 'superseded' }]);
  await expect(zombie.ended).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
  zombie.letGo();
  expect(await sql`select number from held`).toEqual([{ number: 0 }]);
});

test('an earlier attempt that itself waits in the queue for the lock is ended too', async () => {
  const { sql } = await database();
  const other = await hold(sql, owner({ runId: 'other' }));
  const zombie = beginAs(sql, owner({ attempt: 1 }), lock);
  zombie.catch(() => undefined);
  await expect.poll(() => waiting(sql)).toBe(1);
  const successor = owner({ attempt: 2 });
  const second = beginAs(sql, successor, lock);

  await expect(zombie).rejects.toMatchObject({
    code: expect.stringMatching(/57P01|CONNECTION_CLOSED/) as string,
  });
  other.letGo();
  await second;

  await expect
    .poll(() => successor.terminated)
    .toMatchObject([{ name: 'charlie run 1 1', why: 'superseded' }]);
  await other.ended;
});

test('a zombie that wakes does not end the attempt that took its place', async () => {
  const { sql } = await database();
  const successor = await hold(sql, owner({ attempt: 2 }));
  const zombie = owner({ attempt: 1 });
  const { observer, looks } = counted(sql.observer);
  const waits = want(sql, zombie, observer);
  await expect.poll(looks).toBeGreaterThan(2);

  successor.letGo();
  await Promise.all([waits, successor.ended]);

  expect(zombie.terminated).toEqual([]);
});

test.each([
  ['of another run', { runId: 'other' }],
  ['of another activity of the run', { activityId: '7' }],
])('a transaction %s that does nothing but wait for its worker is ended after a while', async (_, whose) => {
  const { sql } = await database();
  const frozen = await hold(sql, owner(whose));
  const waiter = owner();

  await want(sql, waiter);

  await expect.poll(() => waiter.terminated).toMatchObject([{ why: 'frozen' }]);
  await expect(frozen.ended).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
  frozen.letGo();
});

test('a file of another run that is loaded slowly is waited for', async () => {
  const { sql } = await database();
  const copying = gate();
  let enough = false;
  const slow = beginAs(sql, owner({ runId: 'other' }), async (tx) => {
    await lock(tx);
    copying.open();
    const copy = await tx`copy held from stdin`.writable();
    await pipeline(Readable.from(trickle(() => enough)), copy);
  });
  await copying.passed;
  const waiter = owner();
  const { observer, looks } = counted(sql.observer);
  const waits = want(sql, waiter, observer);
  await expect.poll(looks).toBeGreaterThan(3);

  enough = true;
  await Promise.all([slow, waits]);

  expect(waiter.terminated).toEqual([]);
});

async function* trickle(isEnough: () => boolean): AsyncGenerator<string> {
  while (!isEnough()) {
    yield '1\n';
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test.each([
  ['a person', 'psql'],
  ['a program with a name that begins like ours', 'charlie-reporting'],
])('%s is waited for, however long it does nothing', async (_, name) => {
  const { sql, url } = await database();
  const person = connect(new Secret(url), 1);
  cleanUp.unshift(() => person.end({ timeout: 1 }));
  const [held, release] = [gate(), gate()];
  const holds = person.begin(async (tx) => {
    await tx`select set_config('application_name', ${name}, true)`;
    await lock(tx);
    held.open();
    await release.passed;
  });
  await held.passed;
  const waiter = owner();
  const { observer, looks } = counted(sql.observer);
  const waits = want(sql, waiter, observer);
  await expect.poll(looks).toBeGreaterThan(2);

  release.open();
  await Promise.all([holds, waits]);

  expect(waiter.terminated).toEqual([]);
});

test('who is cancelled while waiting for a lock stops waiting, and changes nothing', async () => {
  const { sql } = await database();
  const other = await hold(sql, owner({ runId: 'other' }));
  const cancellation = new AbortController();
  const waits = beginAs(sql, owner({ signal: cancellation.signal }), async (tx) => {
    await tx`insert into held values (100)`;
    await lock(tx);
  });
  await expect.poll(() => waiting(sql)).toBe(1);

  cancellation.abort(new Error('cancelled'));

  await expect(waits).rejects.toMatchObject({ code: '57014' });
  other.letGo();
  await other.ended;
  expect(await sql`select number from held`).toEqual([{ number: 1 }]);
});

test('who is cancelled while a COPY waits in the server for a lock stops it there, too', async () => {
  const { sql } = await database();
  await sql`create unique index on held (number)`;
  const other = await hold(sql, owner({ runId: 'other' }));
  const cancellation = new AbortController();
  const { signal } = cancellation;
  const copies = beginAs(sql, owner({ signal }), async (tx) => {
    const copy = await tx`copy held from stdin`.writable();
    await pipeline(Readable.from(['1\n']), copy, { signal });
  });
  await expect.poll(() => waiting(sql)).toBe(1);

  cancellation.abort(new Error('cancelled'));

  await expect(copies).rejects.toThrow();
  expect(await waiting(sql)).toBe(0);
  other.letGo();
  await other.ended;
});

test('who is cancelled while the server hangs ends within seconds, and nothing is committed when it comes back', async () => {
  const { sql } = await database();
  const cancellation = new AbortController();
  const stopped = gate();
  let server = 0;
  const hangs = beginAs(sql, owner({ signal: cancellation.signal }), async (tx) => {
    const [{ pid }] = await tx<[{ pid: number }]>`select pg_backend_pid() as pid`;
    await tx`insert into held values (100)`;
    server = pid;
    process.kill(server, 'SIGSTOP');
    stopped.open();
    await tx`select 1`.catch(() => undefined);
  });
  await stopped.passed;
  try {
    cancellation.abort(new Error('cancelled'));
    await expect(hangs).rejects.toThrow('cancelled');
  } finally {
    process.kill(server, 'SIGCONT');
  }

  await expect
    .poll(() => sql`select from pg_stat_activity where pid = ${server} and state = 'idle'`)
    .toHaveLength(1);
  expect(await sql`select number from held`).toEqual([{ number: 0 }]);
});

test('a lock that cannot be had in time is told apart from a database that is away', async () => {
  const { sql } = await database();
  const other = await hold(sql, owner({ runId: 'other' }));

  const waits = withDatabase(() =>
    beginAs(sql, owner(), async (tx) => {
      await tx`set local lock_timeout = 50`;
      await lock(tx);
    }),
  );

  await expect(waits).rejects.toMatchObject({ name: 'DatabaseLocked', code: '55P03' });
  expect(await sql`show lock_timeout`).toEqual([{ lock_timeout: '1min' }]);
  other.letGo();
  await other.ended;
});

async function waiting(sql: Sql): Promise<number> {
  const rows = await sql`
    select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  return rows.length;
}
