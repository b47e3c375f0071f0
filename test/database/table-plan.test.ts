import { afterAll, beforeAll, expect, test } from 'vitest';

import { connect, type Sql } from '../../src/database/connection.ts';
import { TableIncompatible } from '../../src/database/errors.ts';
import { migrate, planMigration } from '../../src/database/migrate.ts';
import type { Dataset } from '../../src/domain/dataset.ts';
import { Secret } from '../../src/settings/secret.ts';
import { loadToml } from '../settings/settings-folder.ts';
import { createTestDatabase, type TestDatabase } from '../support/with-database.ts';

let database: TestDatabase;
let sql: Sql;

beforeAll(async () => {
  database = await createTestDatabase();
  sql = connect(new Secret(database.url), 1);
});

afterAll(async () => {
  await sql.end();
  await database.drop();
});

/** A dataset with these columns, as settings.toml has them. */
function things(columns: string, more = ''): Dataset[] {
  const toml = `[datasets.things]\npatterns = ["*"]\n${more}\ncolumns = { id = "integer", ${columns} }\n`;
  return [...loadToml(toml).settings.datasets];
}

/** Begins anew with the table of a dataset, and one row in it. */
async function table(datasets: readonly Dataset[], value: string | null = null): Promise<void> {
  await sql`drop table if exists datasets.things`;
  await migrate(sql, datasets);
  await sql`insert into datasets.things (id, _file_id, _line) values (1, 1, 2)`;
  if (value !== null) await sql.unsafe(`update datasets.things set v = '${value}'`);
}

async function refusal(datasets: readonly Dataset[]): Promise<TableIncompatible> {
  const error: unknown = await migrate(sql, datasets).catch((thrown: unknown) => thrown);
  if (error instanceof TableIncompatible) return error;
  throw new Error('It was not refused.', { cause: error });
}

/** The first statements of a plan, up to the first line that is none. */
async function follow({ conflicts }: TableIncompatible, from: number): Promise<void> {
  for (const { plan } of conflicts) {
    const lines = plan.slice(from);
    const end = lines.findIndex((line) => !line.endsWith(';'));
    const statements = end === -1 ? lines : lines.slice(0, end);
    expect(statements.length).toBeGreaterThan(0);
    for (const statement of statements) await sql.unsafe(statement);
  }
}

test('a dry run says what would be made, changes nothing, and is what is then made', async () => {
  const empty = await createTestDatabase();
  const fresh = connect(new Secret(empty.url), 1);
  const [before, after] = [
    things('v = "integer"'),
    things('v = "integer", w = "text"', 'unknown_columns = "capture"'),
  ];

  const plan = await planMigration(fresh, before);
  expect(plan.applied.length).toBeGreaterThan(3);
  expect(plan).toMatchObject({ datasetChanges: ['datasets.things'], conflicts: [] });
  expect(await fresh`select nspname from pg_namespace where nspname in ('charlie', 'datasets')`).toEqual([]);
  expect(await migrate(fresh, before)).toEqual({
    applied: plan.applied,
    datasetChanges: plan.datasetChanges,
  });

  const next = await planMigration(fresh, after);
  expect(next).toEqual({
    applied: [],
    datasetChanges: ['datasets.things.w', 'datasets.things._extra'],
    conflicts: [],
  });
  expect(await migrate(fresh, after)).toEqual({ applied: [], datasetChanges: next.datasetChanges });
  expect(await planMigration(fresh, after)).toEqual({ applied: [], datasetChanges: [], conflicts: [] });
  await fresh.end();
  await empty.drop();
});

test.each([
  ['integer', 'bigint', '-2147483648'],
  ['integer', 'numeric', '2147483647'],
  ['integer', 'numeric(10,0)', '2147483647'],
  ['bigint', 'numeric', '-9223372036854775808'],
  ['bigint', 'numeric(21,2)', '9223372036854775807'],
  ['numeric(5,2)', 'numeric', '999.99'],
  ['numeric(5,2)', 'numeric(7,4)', '-999.99'],
  ['numeric(5,2)', 'numeric(12,2)', '999.99'],
  ['numeric', 'text', '1234567890123456789.50'],
  ['boolean', 'text', 'true'],
  ['date', 'text', '2026-11-22'],
  ['timestamp', 'text', '2026-11-22 10:00:00+00'],
])('of %s, %s can be made by the statement of the plan, with every value', async (from, to, value) => {
  const wider = things(`v = "${to}"`);
  await table(things(`v = "${from}"`), value);

  const refused = await refusal(wider);

  const postgres = from === 'timestamp' ? 'timestamp with time zone' : from;
  expect(refused.conflicts).toEqual([
    {
      column: 'datasets.things.v',
      problem: `is ${postgres}, and the settings say ${to}`,
      plan: [`alter table datasets.things alter column "v" type ${to};`],
    },
  ]);
  expect(refused.message).toContain(`    alter table datasets.things alter column "v" type ${to};`);
  await follow(refused, 0);
  expect(await migrate(sql, wider)).toEqual({ applied: [], datasetChanges: [] });
  const [row] = await sql<[{ v: string }]>`select v::text from datasets.things`;
  expect(Number.isNaN(Number(value)) ? row.v : Number(row.v)).toBe(
    Number.isNaN(Number(value)) ? value : Number(value),
  );
});

test.each([
  ['text', 'integer', 'x'],
  ['bigint', 'integer', '3000000000'],
  ['integer', 'numeric(11,2)', '1234567890'],
  ['bigint', 'numeric(18,0)', '1000000000000000000'],
  ['numeric', 'numeric(12,2)', '0.001'],
  ['numeric(5,2)', 'numeric(6,1)', '0.01'],
  ['numeric(5,2)', 'numeric(5,3)', '999.99'],
  ['numeric(5,0)', 'integer', '99999'],
  ['date', 'timestamp', '2026-11-22'],
  ['boolean', 'integer', 'true'],
])(
  'of %s, %s is made as a new column beside the old one, which keeps its values',
  async (from, to, value) => {
    const other = things(`v = "${to}"`);
    await table(things(`v = "${from}"`), value);

    const refused = await refusal(other);

    await follow(refused, 1);
    expect(await migrate(sql, other)).toEqual({ applied: [], datasetChanges: ['datasets.things.v'] });
    expect(await sql`select v, v_old::text from datasets.things`).toEqual([{ v: null, v_old: value }]);
  },
);

test('or the column is dropped, to be filled when its files are loaded again', async () => {
  const other = things('v = "integer"');
  await table(things('v = "text"'), 'x');
  const [conflict] = (await refusal(other)).conflicts;
  await sql.unsafe(conflict!.plan.at(-1)!);
  expect(await migrate(sql, other)).toEqual({ applied: [], datasetChanges: ['datasets.things.v'] });
});

test('a column that was taken out of the settings stays, and rows come without it; so does _extra', async () => {
  await table(
    things('v = "text", w = { type = "text", required = true }', 'unknown_columns = "capture"'),
    'x',
  );
  const fewer = things('w = "text"');
  expect(await planMigration(sql, fewer)).toEqual({ applied: [], datasetChanges: [], conflicts: [] });
  await sql`insert into datasets.things (id, w, _file_id, _line) values (2, 'y', 1, 3)`;
  expect(await sql`select id, v, _extra from datasets.things order by id`).toEqual([
    { id: 1, v: 'x', _extra: null },
    { id: 2, v: null, _extra: null },
  ]);
});

test('a column of another type in place of _extra is refused like any other', async () => {
  await table(things('v = "text"'));
  await sql`alter table datasets.things add column _extra integer`;
  const capturing = things('v = "text"', 'unknown_columns = "capture"');
  const refused = await refusal(capturing);
  expect(refused.conflicts).toMatchObject([{ column: 'datasets.things._extra' }]);
  await follow(refused, 1);
  expect(await migrate(sql, capturing)).toEqual({ applied: [], datasetChanges: ['datasets.things._extra'] });
});

test('a column that was added by hand and must have a value is named, unless Postgres fills it by itself', async () => {
  const datasets = things('v = "text"');
  await table(datasets);
  await sql`alter table datasets.things
    add column note text, add column made timestamptz not null default now(),
    add column number bigint not null generated always as identity`;
  expect(await planMigration(sql, datasets)).toMatchObject({ conflicts: [] });
  await sql`alter table datasets.things add column "Their Own" text not null default 'x'`;
  await sql`alter table datasets.things alter column "Their Own" drop default`;

  const refused = await refusal(datasets);

  expect(refused.conflicts).toMatchObject([
    {
      column: 'datasets.things.Their Own',
      problem: 'is NOT NULL without a default, and not in the settings: no row could be loaded',
    },
  ]);
  await follow(refused, 0);
  await migrate(sql, datasets);
  await sql`insert into datasets.things (id, v, _file_id, _line) values (2, 'y', 1, 3)`;
});

test('a column that was made NOT NULL by hand is named when the settings let it be empty', async () => {
  await table(things('v = { type = "text", required = true }'), 'x');
  await sql`alter table datasets.things alter column v set not null`;
  for (const rule of ['required = true', 'default = "-"'])
    expect(await planMigration(sql, things(`v = { type = "text", ${rule} }`))).toMatchObject({
      conflicts: [],
    });
  const refused = await refusal(things('v = "text"'));
  await follow(refused, 0);
  expect(await planMigration(sql, things('v = "text"'))).toMatchObject({ conflicts: [] });
});

test('a table that somebody else made is named', async () => {
  await sql`drop table if exists datasets.things`;
  await sql`create table datasets.things (id integer, v text)`;
  expect((await refusal(things('v = "text"'))).conflicts.map(({ column }) => column)).toEqual([
    'datasets.things._file_id',
    'datasets.things._line',
  ]);
});

test('of several tables everything is said at once, and nothing is done', async () => {
  await table(things('v = "text"'), 'x');
  const toml = (type: string) => `
[datasets.things]
patterns = ["a*"]
columns = { id = "bigint", v = "${type}", w = "text" }
[datasets.others]
patterns = ["b*"]
columns = { id = "text" }
`;
  const refused = await refusal([...loadToml(toml('date')).settings.datasets]);
  expect(refused.conflicts.map(({ column }) => column)).toEqual(['datasets.things.id', 'datasets.things.v']);
  expect(await sql`select to_regclass('datasets.others') as made`).toEqual([{ made: null }]);
  expect(
    await sql`select attname from pg_attribute where attrelid = 'datasets.things'::regclass and attname = 'w'`,
  ).toEqual([]);
});
