import { readdir } from 'node:fs/promises';

import postgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { connect } from '../../src/database/connection.ts';
import { migrate } from '../../src/database/migrate.ts';
import { beginAs } from '../../src/database/owned-transaction.ts';
import { openFile } from '../../src/database/queries/open-file.ts';
import type { SyncResult } from '../../src/domain/sync-run.ts';
import { Secret } from '../../src/settings/secret.ts';
import { Random } from '../../src/simulator/generator/random.ts';
import type { ReportResult } from '../../workflows/build-report.ts';
import { owner } from '../database/owner.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { createTestDatabase } from '../support/with-database.ts';
import { assertIntact, assertLoaded } from '../survival/assert-intact.ts';
import { type GeneratedFile, generateSales, hours } from '../survival/generated-files.ts';
import { attemptsOf, resultOf, startPipeline, startReports } from '../survival/survival-pipeline.ts';
import { truthOf } from '../survival/truth.ts';
import { until } from '../survival/waiting.ts';
import { Hold, places } from './hold.ts';
import { execute, ownPostgres } from './own-servers.ts';

const files = someFiles(6);
/** Whatever counts as an attempt of a file fails it for good. */
const noRetries = { maxRetries: 0, retryDelaySeconds: 1, listMaxRetries: 0 };

let server: Awaited<ReturnType<typeof ownPostgres>>;

beforeAll(async () => {
  server = await ownPostgres();
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

function someFiles(count: number): GeneratedFile[] {
  return Array.from({ length: count }, (_, number) =>
    generateSales(`sales ${number}.csv`, { rows: 60, firstId: number * 1000 + 1 }),
  );
}

async function start(content = files): Promise<Pipeline> {
  const { url } = await createTestDatabase(server.running.url);
  const pipeline = await startPipeline(content, { CHARLIE_DATABASE__URL: url });
  await pipeline.startWorker();
  return pipeline;
}

function urlOf({ settings }: Pipeline): string {
  return settings.database.url?.reveal() ?? '';
}

function recordsOf({ sql }: Pipeline): Promise<readonly { status: string; error: string | null }[]> {
  return sql<{ status: string; error: string | null }[]>`
    select status, error from charlie.run_history order by start_ts`;
}

test.each([
  ['downloading', 'downloadFiles', 4],
  ['copying', 'ingestFiles', 4],
  ['aggregating', 'aggregate', 1],
] as const)(
  'Postgres stopped at once while %s: the run waits, goes on, and charges no file',
  async (place, activity, transactions) => {
    await using pipeline = await start();
    await using hold = await Hold.at(urlOf(pipeline), places[place]);
    const run = await pipeline.startSync({ retries: noRetries });
    await hold.reached(transactions);

    await server.die();
    await server.comeBack();

    expect(await resultOf<SyncResult>(run)).toMatchObject({ status: 'succeeded' });
    expect(Math.max(...(await attemptsOf(run, activity)))).toBeGreaterThan(1);
    await assertIntact(pipeline, truthOf(files));
  },
);

test('Postgres stopped at once while listing: the run fails with that cause, says so in its record, and the next one loads everything', async () => {
  await using pipeline = await start();
  await using hold = await Hold.at(urlOf(pipeline), places.listing);
  const run = await pipeline.startSync();
  await hold.reached();

  await server.die();
  await server.comeBack();

  await expect(resultOf(run)).rejects.toMatchObject({ cause: { cause: { type: 'DatabaseUnavailable' } } });
  expect(await resultOf<SyncResult>(await pipeline.startSync())).toMatchObject({ status: 'succeeded' });
  expect(await recordsOf(pipeline)).toMatchObject([
    { status: 'failed', error: expect.stringContaining('DatabaseUnavailable') as string },
    { status: 'succeeded', error: null },
  ]);
  await assertLoaded(pipeline, truthOf(files));
});

test('Postgres stopped at once while a workbook is built: each hour gets its workbook, published once', async () => {
  await using pipeline = await start();
  await resultOf(await pipeline.startSync());
  await using hold = await Hold.at(urlOf(pipeline), places.reporting);
  const run = await startReports(pipeline);
  await hold.reached();

  await server.die();
  await server.comeBack();

  expect(await resultOf<ReportResult>(run)).toMatchObject({ published: hours });
  expect(Math.max(...(await attemptsOf(run, 'buildReport')))).toBeGreaterThan(1);
  expect(await pipeline.sql`select count(*), count(published_at) as published from charlie.reports`).toEqual([
    { count: hours, published: hours },
  ]);
  expect(await readdir(pipeline.settings.reports.dir)).toHaveLength(hours);
  await assertIntact(pipeline, truthOf(files));
});

test('a file that is open each time when Postgres is lost is held against no worker', async () => {
  const { url } = await createTestDatabase(server.running.url);
  const sql = connect(new Secret(url));
  try {
    await migrate(sql, []);
    const openings: string[] = [];
    for (const process of ['first', 'second', 'third', 'fourth']) {
      const as = owner();
      const file = { fileId: 1, process, alone: false };
      const { outcome } = await beginAs(sql, as, async (tx) => {
        await tx`select from charlie.ingestion_log where file_id = ${file.fileId} for update`;
        return openFile(sql.observer, as, file);
      });
      openings.push(outcome);
      await server.die();
      await server.comeBack();
    }
    expect(openings).toEqual(['opened', 'opened', 'opened', 'opened']);
  } finally {
    await sql.end({ timeout: 5 });
  }
});

test('a single connection terminated while listing: the run fails with that cause, and the next one loads everything', async () => {
  await using pipeline = await start();
  await using hold = await Hold.at(urlOf(pipeline), places.listing);
  const run = await pipeline.startSync();
  await hold.reached();

  const ended = await pipeline.sql`
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock' and wait_event = 'advisory'`;
  expect(ended).toHaveLength(1);

  await expect(resultOf(run)).rejects.toMatchObject({ cause: { cause: { type: 'DatabaseUnavailable' } } });
  await hold.release();
  expect(await resultOf<SyncResult>(await pipeline.startSync())).toMatchObject({ status: 'succeeded' });
  await assertLoaded(pipeline, truthOf(files));
});

test('each connection terminated in mid-COPY: the run goes on, charges no file, and each row is there once', async () => {
  await using pipeline = await start();
  await using hold = await Hold.at(urlOf(pipeline), places.copying);
  const run = await pipeline.startSync({ retries: noRetries });
  await hold.reached(4);

  expect(await terminate(pipeline.sql, 'charlie %')).toBe(4);

  await hold.release();
  expect(await resultOf<SyncResult>(run)).toMatchObject({ status: 'succeeded' });
  expect(Math.max(...(await attemptsOf(run, 'ingestFiles')))).toBeGreaterThan(1);
  await assertIntact(pipeline, truthOf(files));
});

/** Ends the sessions of this database with such a name; returns how many there were. */
async function terminate(sql: postgres.Sql | Pipeline['sql'], nameLike: string): Promise<number> {
  const ended = await (sql as postgres.Sql)`
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and application_name like ${nameLike}`;
  return ended.length;
}

test('every connection terminated eight times during a run of 40 files: it completes, and each row is there once', async () => {
  const many = someFiles(40);
  await using pipeline = await start(many);
  const random = new Random('terminated backends');
  // Not one of the connections that are ended.
  const operator = postgres(urlOf(pipeline), { max: 1 });
  try {
    const run = await pipeline.startSync();
    for (let round = 1; round <= 8; round++) {
      const atFiles = round * 4 + random.integer(0, 3);
      await until(`${atFiles} files are loaded`, async () => {
        const [{ loaded }] = await operator<[{ loaded: number }]>`
          select count(*)::int as loaded from charlie.ingestion_log where state = 'ingested'`;
        return loaded >= atFiles;
      });
      // Those that were ended before come back with their next statement.
      await until('a connection was ended', async () => (await terminate(operator, 'charlie%')) > 0);
    }
    expect(await resultOf<SyncResult>(run)).toMatchObject({ status: 'succeeded' });
  } finally {
    await operator.end();
  }
  await assertIntact(pipeline, truthOf(many));
});

test.each([
  [
    'takes no changes',
    'set default_transaction_read_only = on',
    'reset default_transaction_read_only',
    /25006: .*read-only.* primary/,
  ],
  [
    'has no connection left',
    'connection limit 0',
    'connection limit -1',
    /53300: too many connections.* max_connections/,
  ],
] as const)(
  'Postgres %s for a while: the run waits, says why, goes on, and charges no file',
  async (_, on, off, says) => {
    await using limited = await limitedUser();
    await using pipeline = await startPipeline(files, { CHARLIE_DATABASE__URL: limited.url });
    await pipeline.startWorker();
    await using hold = await Hold.at(limited.superuserUrl, places.downloading);
    const run = await pipeline.startSync({ retries: noRetries });
    await hold.reached(4);

    await limited.alter(on);
    await hold.release();
    await until('an activity has failed for that reason', async () => {
      const { raw } = await run.describe();
      return (raw.pendingActivities ?? []).some(({ lastFailure }) => says.test(lastFailure?.message ?? ''));
    });
    await limited.alter(off);

    expect(await resultOf<SyncResult>(run)).toMatchObject({ status: 'succeeded' });
    await assertIntact(pipeline, truthOf(files));
  },
);

interface LimitedUser extends AsyncDisposable {
  readonly url: string;
  readonly superuserUrl: string;
  /** ALTER ROLE, for connections that are yet to be made: those that there are end. */
  readonly alter: (what: string) => Promise<void>;
}

/** An ordinary user with a database of its own, whom Postgres holds to what superusers are not held to. */
async function limitedUser(): Promise<LimitedUser> {
  const { url: superuserUrl } = await createTestDatabase(server.running.url);
  const url = new URL(superuserUrl);
  const name = `user_of_${url.pathname.slice(1)}`;
  await execute(superuserUrl, `create role ${name} login password 'unused elsewhere'`);
  await execute(superuserUrl, `alter database ${url.pathname.slice(1)} owner to ${name}`);
  [url.username, url.password] = [name, 'unused elsewhere'];
  return {
    url: url.href,
    superuserUrl,
    alter: async (what) => {
      await execute(superuserUrl, `alter role ${name} ${what}`);
      await execute(
        superuserUrl,
        `select pg_terminate_backend(pid) from pg_stat_activity where usename = '${name}'`,
      );
    },
    [Symbol.asyncDispose]: () => execute(superuserUrl, `alter role ${name} connection limit -1`),
  };
}
