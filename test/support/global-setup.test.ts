import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import postgres from 'postgres';
import { expect, inject, test } from 'vitest';

import { createTestDatabase } from './with-database.ts';

test('the Temporal server of the run answers and knows the search attributes of the project', async () => {
  const { stdout } = await promisify(execFile)(inject('temporalBinary'), [
    ...['operator', 'search-attribute', 'list', '--output', 'json', '--address', inject('temporalAddress')],
  ]);
  expect(JSON.parse(stdout)).toMatchObject({
    customAttributes: {
      CharlieJob: 'INDEXED_VALUE_TYPE_KEYWORD',
      CharlieDataset: 'INDEXED_VALUE_TYPE_KEYWORD_LIST',
    },
  });
});

test('each test database is empty, and gone after it was dropped, with a connection still open', async () => {
  const [one, other] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  const sql = postgres(one.url, { max: 1 });
  await sql`CREATE TABLE things (name text)`;
  await one.drop();
  await expect(sql`SELECT FROM things`).rejects.toThrow();
  const second = postgres(other.url, { max: 1 });
  expect(await second`SELECT FROM pg_tables WHERE tablename = 'things'`).toHaveLength(0);
  await second.end();
  await other.drop();
});
