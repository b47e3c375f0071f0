import type { Sql } from '../connection.ts';

/** The id of the source with this address, which is made when it is new. */
export async function registerSource(
  sql: Sql,
  kind: 'sharepoint' | 'directory',
  address: string,
  label: string,
): Promise<number> {
  const [row] = await sql<[{ source_id: number }]>`
    insert into sources (kind, address, label) values (${kind}, ${address}, ${label})
    on conflict (kind, address) do update set label = excluded.label
    returning source_id`;
  return row.source_id;
}
