import type { PendingQuery, Row } from 'postgres';

import type { Sql, Transaction } from '../connection.ts';

/** A condition on the inventory's `item`: it lies at or below one of the paths; null: wherever it lies. */
export function within(sql: Sql | Transaction, paths: readonly string[] | null): PendingQuery<Row[]> {
  if (paths === null) return sql`true`;
  return sql`exists (
    select from unnest(${paths as string[]}::text[]) as named (path)
    where item.path = named.path or starts_with(item.path, rtrim(named.path, '/') || '/'))`;
}
