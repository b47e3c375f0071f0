import type { Sql } from '../connection.ts';

/** Throws DatabaseRefused where a table of the newest migration that the API needs is missing, and what a lost database throws. */
export async function assertMigrated(sql: Sql): Promise<void> {
  await sql`select from start_requests limit 0`;
}
