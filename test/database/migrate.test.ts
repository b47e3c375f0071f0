import { readFile } from 'node:fs/promises';

import { expect, test } from 'vitest';

import { connect, type Sql } from '../../src/database/connection.ts';
import { migrate } from '../../src/database/migrate.ts';
import { Secret } from '../../src/settings/secret.ts';
import { loadToml } from '../settings/settings-folder.ts';
import { salesToml } from '../support/sales.ts';
import { createTestDatabase } from '../support/with-database.ts';

/** Of datasets.sales. */
async function describe(sql: Sql): Promise<{ foreignKeys: number; indexes: string[] }> {
  const [{ foreignKeys }] = await sql<[{ foreignKeys: number }]>`
    select count(*)::int as "foreignKeys" from pg_constraint where conrelid = 'datasets.sales'::regclass and contype = 'f'`;
  const indexes = await sql<{ definition: string }[]>`
    select regexp_replace(indexdef, '.* USING ', '') as definition from pg_indexes
    where schemaname = 'datasets' and tablename = 'sales' order by 1`;
  return { foreignKeys, indexes: indexes.map(({ definition }) => definition) };
}

test('a table of an earlier version ends as a new one begins, with its rows', async () => {
  const { datasets } = loadToml(salesToml).settings;
  const [fresh, old] = [await createTestDatabase(), await createTestDatabase()];
  const [newSql, oldSql] = [connect(new Secret(fresh.url), 1), connect(new Secret(old.url), 1)];
  await migrate(newSql, datasets);
  await migrate(oldSql, []);
  await oldSql.unsafe(await readFile(new URL('datasets-table-0003.sql', import.meta.url), 'utf8'));
  await oldSql`delete from charlie.schema_migrations where name like '0004-%'`;

  await migrate(oldSql, datasets);

  expect(await describe(oldSql)).toEqual(await describe(newSql));
  expect(await oldSql`select id, _line from datasets.sales`).toEqual([{ id: 1, _line: 2 }]);
  for (const sql of [newSql, oldSql]) await sql.end();
  for (const database of [fresh, old]) await database.drop();
});
