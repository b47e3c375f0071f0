import { afterAll, beforeAll, expect, test } from 'vitest';

import { connect, type Sql } from '../../src/database/connection.ts';
import { GraphGate } from '../../src/database/queries/graph-gate.ts';
import { Secret } from '../../src/settings/secret.ts';
import { createMigratedDatabase, type TestDatabase } from '../support/with-database.ts';

let database: TestDatabase;
let sql: Sql;

beforeAll(async () => {
  database = await createMigratedDatabase();
  sql = connect(new Secret(database.url), 4);
});

afterAll(async () => {
  await sql.end({ timeout: 1 });
  await database.drop();
});

/** Two workers of one application, with a unit a second, for whom no time passes but what the test says. */
async function together(
  work: (one: GraphGate, other: GraphGate, pass: (seconds: number) => Promise<void>) => Promise<void>,
): Promise<void> {
  await sql.begin(async (tx) => {
    // In a transaction the database's clock stands still.
    await work(new GraphGate(tx, 'a/b', 60), new GraphGate(tx, 'a/b', 60), async (seconds) => {
      await tx`
        update charlie.graph_gate set not_before = not_before - make_interval(secs => ${seconds}),
          slow_until = slow_until - make_interval(secs => ${seconds}), spent_to = spent_to - make_interval(secs => ${seconds})`;
    });
    await tx`delete from charlie.graph_gate`;
  });
}

async function closedFor(gate: GraphGate): Promise<number> {
  return (await gate.take(0)).closedForMs / 1000;
}

async function startsIn(gate: GraphGate, units: number): Promise<number> {
  return (await gate.take(units)).startsInMs / 1000;
}

test('what one worker hears holds for all of its application, and for no other', async () => {
  const application = new GraphGate(sql, 'tenant/one', 60);
  await application.close(100);

  expect(await closedFor(new GraphGate(sql, 'tenant/one', 60))).toBeGreaterThan(0);
  expect(await closedFor(new GraphGate(sql, 'tenant/other', 60))).toBe(0);
});

test('a gate is closed for longer, and never for less', async () => {
  await together(async (one, other, pass) => {
    await one.close(100);
    await other.close(20);
    expect(await closedFor(one)).toBe(100);
    await other.close(200);
    expect(await closedFor(one)).toBe(200);
    await pass(200);
    expect(await closedFor(one)).toBe(0);
  });
});

test('two workers share the units of a minute: each begins where the other ends', async () => {
  await together(async (one, other) => {
    // Five seconds of the budget may go at once.
    expect(await startsIn(one, 5)).toBe(0);
    expect(await startsIn(other, 10)).toBe(0);
    expect(await startsIn(one, 20)).toBe(10);
    expect(await startsIn(other, 1)).toBe(30);
  });
});

test('units are not saved up over a silence, beyond those of five seconds', async () => {
  await together(async (one, other, pass) => {
    await one.take(5);
    await pass(3600);
    expect(await startsIn(other, 5)).toBe(0);
    expect(await startsIn(one, 10)).toBe(0);
    expect(await startsIn(other, 1)).toBe(10);
  });
});

test('a closed gate gives no units, and when it opens they come one after the other from the first moment', async () => {
  await together(async (one, other, pass) => {
    await one.take(5);
    await one.close(60);
    for (let asked = 0; asked < 3; asked++) await other.take(50);
    await pass(60);
    expect(await startsIn(one, 10)).toBe(0);
    expect(await startsIn(other, 10)).toBe(10);
  });
});

test('while few units are left, each takes longer, until they are given anew', async () => {
  await together(async (one, other, pass) => {
    await one.take(5);
    await other.slowDown(3, 30);
    expect(await startsIn(one, 5)).toBe(0);
    expect(await startsIn(other, 5)).toBe(15);
    await pass(31);
    expect(await startsIn(one, 5)).toBe(0);
    expect(await startsIn(other, 1)).toBe(4);
  });
});

test('a pace that is faster than the budget changes nothing', async () => {
  await together(async (one, other) => {
    await one.take(5);
    await other.slowDown(0.1, 30);
    expect(await startsIn(one, 10)).toBe(0);
    expect(await startsIn(other, 1)).toBe(10);
  });
});

test('workers that ask at the same moment, also the first ones, get units of their own', async () => {
  const workers = Array.from({ length: 4 }, () => new GraphGate(sql, 'tenant/crowd', 60));
  await Promise.all(workers.map((worker) => worker.take(10)));

  const [row] = await sql<[{ spent: number }]>`
    select extract(epoch from spent_to - not_before)::integer as spent
    from charlie.graph_gate where application = 'tenant/crowd'`;
  // From five seconds before the first one asked, as its row says.
  expect(row.spent).toBe(4 * 10 - 5);
});
