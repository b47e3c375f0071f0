import { randomBytes } from 'node:crypto';

import postgres from 'postgres';
import { inject } from 'vitest';

import { templateDatabase } from './template-database.ts';

export interface TestDatabase {
  /** Of a superuser. */
  readonly url: string;
  /** Ends the connections that are left, too. */
  drop(): Promise<void>;
}

/** A new, empty database, on the Postgres of this test run unless another is named. */
export async function createTestDatabase(serverUrl = inject('postgresUrl')): Promise<TestDatabase> {
  return create(serverUrl, 'template1');
}

/** As `migrate` leaves one without datasets. */
export async function createMigratedDatabase(): Promise<TestDatabase> {
  return create(inject('postgresUrl'), templateDatabase);
}

async function create(serverUrl: string, template: string): Promise<TestDatabase> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  await run(serverUrl, `CREATE DATABASE ${name} TEMPLATE ${template}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => run(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

async function run(serverUrl: string, statement: string): Promise<void> {
  const sql = postgres(serverUrl, { max: 1, onnotice: () => undefined });
  try {
    await sql.unsafe(statement);
  } finally {
    await sql.end();
  }
}
