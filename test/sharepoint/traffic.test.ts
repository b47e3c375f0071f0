import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';

import { connect, type Sql } from '../../src/database/connection.ts';
import { DatabaseUnavailable } from '../../src/database/errors.ts';
import { GraphGate } from '../../src/database/queries/graph-gate.ts';
import { Secret } from '../../src/settings/secret.ts';
import { Throttled } from '../../src/sharepoint/errors.ts';
import { type Clock, resourceUnits, type SharedTraffic, Traffic } from '../../src/sharepoint/traffic.ts';
import { createMigratedDatabase, type TestDatabase } from '../support/with-database.ts';

let database: TestDatabase;
let sql: Sql;

beforeAll(async () => {
  database = await createMigratedDatabase();
  sql = connect(new Secret(database.url), 2);
});

afterAll(async () => {
  await sql.end({ timeout: 1 });
  await database.drop();
});

/** Time that passes only while somebody sleeps, also in the database. */
class OwnTime implements Clock {
  elapsed = 0;
  readonly #pass: (ms: number) => Promise<unknown>;

  constructor(pass: (ms: number) => Promise<unknown> = async () => undefined) {
    this.#pass = pass;
  }

  now(): number {
    return this.elapsed;
  }

  async sleep(ms: number): Promise<void> {
    // Who waits for Postgres for a moment finds it in time.
    if (ms === 500) return new Promise(() => undefined);
    this.elapsed += ms;
    await this.#pass(ms);
  }
}

interface World {
  readonly time: OwnTime;
  /** Of one application that has a unit a second. */
  readonly shared: SharedTraffic;
  /** How often Postgres was asked for units. */
  readonly asked: () => number;
}

async function inOwnTime(work: (world: World) => Promise<void>): Promise<void> {
  await sql.begin(async (tx) => {
    const time = new OwnTime(
      (ms) => tx`
        update charlie.graph_gate set not_before = not_before - make_interval(secs => ${ms / 1000}),
          slow_until = slow_until - make_interval(secs => ${ms / 1000}), spent_to = spent_to - make_interval(secs => ${ms / 1000})`,
    );
    const gate = new GraphGate(tx, 'tenant/client', 60);
    let asked = 0;
    const shared: SharedTraffic = {
      take: (units) => {
        asked++;
        return gate.take(units);
      },
      close: (seconds) => gate.close(seconds),
      slowDown: (secondsPerUnit, forSeconds) => gate.slowDown(secondsPerUnit, forSeconds),
    };
    await work({ time, shared, asked: () => asked });
    await tx`delete from charlie.graph_gate`;
  });
}

function answer(status: number, headers: Record<string, string> = {}): Response {
  return new Response(null, { status, headers });
}

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => null,
    (error: unknown) => error,
  );
}

describe('the budget', () => {
  it('is shared: two processes together are as fast as it allows, and ask Postgres now and then', async () => {
    await inOwnTime(async ({ time, shared, asked }) => {
      const processes = [new Traffic(shared, time), new Traffic(shared, time)];
      for (let request = 0; request < 200; request++) await processes[request % 2]?.admit(1, undefined);

      // 200 units, less the five that may go at once and at most ten that either has for the next.
      expect(time.elapsed / 1000).toBeGreaterThanOrEqual(200 - 5 - 20);
      expect(time.elapsed / 1000).toBeLessThanOrEqual(200 - 5);
      expect(asked()).toBeLessThanOrEqual(45);
    });
  });

  it('gives those who ask at once what they need with two questions: that of the first, and that of all others', async () => {
    await inOwnTime(async ({ time, shared, asked }) => {
      const traffic = new Traffic(shared, time);
      await Promise.all(Array.from({ length: 16 }, () => traffic.admit(2, undefined)));
      expect(asked()).toBe(2);
    });
  });

  it('is slower while Microsoft says that little is left, and all hear of it', async () => {
    await inOwnTime(async ({ time, shared }) => {
      const [one, other] = [new Traffic(shared, time), new Traffic(shared, time)];
      await one.admit(10, undefined);
      await one.heed(
        answer(200, { 'ratelimit-limit': '1250', 'ratelimit-remaining': '10', 'ratelimit-reset': '40' }),
      );

      for (let request = 0; request < 20; request++) await other.admit(1, undefined);
      // The first ten begin behind the ten of the other process, and take four seconds each.
      expect(time.elapsed / 1000).toBe(5 + 10 * 4);
    });
  });
});

describe('the gate', () => {
  it.each([
    { status: 429, headers: { 'retry-after': '120' }, seconds: 120 },
    { status: 429, headers: {}, seconds: 30 },
    { status: 429, headers: { 'retry-after': '10', 'ratelimit-reset': '40' }, seconds: 40 },
    { status: 503, headers: { 'retry-after': '60' }, seconds: 60 },
    { status: 509, headers: {}, seconds: 30 },
    { status: 200, headers: { 'ratelimit-remaining': '0', 'ratelimit-reset': '25' }, seconds: 25 },
  ])('closes for all after $status with $headers', async ({ status, headers, seconds }) => {
    await inOwnTime(async ({ time, shared, asked }) => {
      const [one, other] = [new Traffic(shared, time), new Traffic(shared, time)];
      await one.admit(1, undefined);
      await one.heed(answer(status, headers));

      for (const traffic of [one, other]) {
        const error = await failureOf(traffic.admit(1, undefined));
        expect(error).toBeInstanceOf(Throttled);
        expect(error).toMatchObject({ retryAfterSeconds: seconds, retryable: true });
      }
      // Who knows does not ask.
      const before = asked();
      for (let request = 0; request < 5; request++) await failureOf(other.admit(1, undefined));
      expect(asked()).toBe(before);

      await time.sleep(seconds * 1000);
      await other.admit(1, undefined);
      await one.admit(1, undefined);
    });
  });

  it.each([200, 401, 404, 500, 503, 504])('stays open after %i without a word about time', async (status) => {
    await inOwnTime(async ({ time, shared }) => {
      const traffic = new Traffic(shared, time);
      await traffic.heed(answer(status));
      await traffic.admit(1, undefined);
      expect(time.elapsed).toBe(0);
    });
  });

  it('is waited for when it opens within a moment', async () => {
    await inOwnTime(async ({ time, shared }) => {
      const [one, other] = [new Traffic(shared, time), new Traffic(shared, time)];
      await one.heed(answer(429, { 'retry-after': '3' }));
      await other.admit(1, undefined);
      expect(time.elapsed).toBe(3000);
    });
  });

  it('is noticed within a second by those who have units left', async () => {
    await inOwnTime(async ({ time, shared }) => {
      const [one, other] = [new Traffic(shared, time), new Traffic(shared, time)];
      await other.admit(1, undefined);
      await one.heed(answer(429, { 'retry-after': '90' }));
      await time.sleep(1001);
      expect(await failureOf(other.admit(1, undefined))).toBeInstanceOf(Throttled);
    });
  });

  it('opens for one after the other: nobody has units from before', async () => {
    await inOwnTime(async ({ time, shared }) => {
      const [one, other] = [new Traffic(shared, time), new Traffic(shared, time)];
      for (const traffic of [one, other]) await traffic.admit(1, undefined);
      const before = time.elapsed;
      await one.heed(answer(429, { 'retry-after': '60' }));
      await failureOf(other.admit(1, undefined));
      await time.sleep(60_000);

      await one.admit(10, undefined);
      await other.admit(10, undefined);
      expect((time.elapsed - before) / 1000).toBe(60 + 10);
    });
  });

  it('holds for a process by itself, where nothing is shared', async () => {
    const alone = new Traffic(null, new OwnTime());
    for (let request = 0; request < 1000; request++) await alone.admit(2, undefined);
    await alone.heed(answer(429, { 'retry-after': '60' }));
    expect(await failureOf(alone.admit(1, undefined))).toBeInstanceOf(Throttled);
  });
});

describe('without Postgres', () => {
  it('the last units can be used; who needs more fails', async () => {
    const own = await createMigratedDatabase();
    const pool = connect(new Secret(own.url), 1);
    const time = new OwnTime();
    const traffic = new Traffic(new GraphGate(pool, 'tenant/client', 600), time);
    await traffic.admit(1, undefined);
    await pool.end({ timeout: 1 });
    await own.drop();

    for (let request = 0; request < 9; request++) {
      await time.sleep(2000);
      await traffic.admit(1, undefined);
    }
    expect(await failureOf(traffic.admit(1, undefined))).toBeInstanceOf(DatabaseUnavailable);
    // What it would have told the others holds here at least.
    await traffic.heed(answer(429, { 'retry-after': '60' }));
    expect(await failureOf(traffic.admit(0, undefined))).toBeInstanceOf(Throttled);
  });

  it('that does not answer, the last units can be used, and who waits for more can be stopped', async () => {
    const never = new Promise<never>(() => undefined);
    let answers = 0;
    const shared: SharedTraffic = {
      take: () => (answers++ === 0 ? Promise.resolve({ closedForMs: 0, startsInMs: 0 }) : never),
      close: () => never,
      slowDown: () => never,
    };
    let now = 0;
    const traffic = new Traffic(shared, { now: () => (now += 2000), sleep: () => Promise.resolve() });
    for (let request = 0; request < 10; request++) await traffic.admit(1, undefined);

    const stop = new AbortController();
    const waiting = traffic.admit(1, stop.signal);
    const reason = new Error('stop');
    stop.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await traffic.heed(answer(429, { 'retry-after': '1' }));
  });
});

const graph = 'https://graph.microsoft.com/v1.0';
test.each([
  ['GET', `${graph}/sites/contoso.sharepoint.com:/sites/data?$select=id`, 1],
  ['GET', `${graph}/sites/a,b,c/drives`, 2],
  ['GET', `${graph}/drives/b!x/items/01/children?$top=1000`, 2],
  ['GET', `${graph}/drives/b!x/items/01/children?$top=1000&$skiptoken=a`, 2],
  ['GET', `${graph}/drives/b!x/items/01/delta`, 2],
  ['GET', `${graph}/drives/b!x/items/01/delta?token=a`, 1],
  ['GET', `${graph}/drives/b!x/root/delta(token='a')`, 1],
  ['GET', `${graph}/drives/b!x/items/01`, 1],
  ['GET', `${graph}/drives/b!x/items/01/content`, 1],
  ['PUT', `${graph}/drives/b!x/items/01:/a.csv:/content`, 2],
  ['PATCH', `${graph}/drives/b!x/items/01`, 2],
  ['GET', `${graph}/sites/a,b,c/permissions`, 5],
  ['GET', 'https://contoso.sharepoint.com/sites/data/_layouts/15/download.aspx?UniqueId=1', 0],
  ['PUT', 'https://contoso.sharepoint.com/sites/data/_api/v2.0/drives/b!x/items/01/uploadSession', 2],
])('%s %s costs %i resource units', (method, url, units) => {
  expect(resourceUnits(method, url)).toBe(units);
});
