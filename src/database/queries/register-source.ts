import type { Sql } from '../connection.ts';

/** The source with this address, which is made when it is new; `at` is the database's time in full precision. */
export async function registerSource(
  sql: Sql,
  kind: 'sharepoint' | 'directory',
  address: string,
  label: string,
): Promise<{ readonly sourceId: number; readonly at: string }> {
  const [row] = await sql<[{ sourceId: number; at: string }]>`
    insert into sources (kind, address, label) values (${kind}, ${address}, ${label})
    on conflict (kind, address) do update set label = excluded.label
    returning source_id as "sourceId", now()::text as at`;
  return row;
}
