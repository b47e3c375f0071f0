import type { Transaction } from './connection.ts';

export interface ExistingColumn {
  readonly table: string;
  readonly name: string;
  /** As `format_type` writes it, e.g. `numeric(12,2)`. */
  readonly type: string;
  readonly isNotNull: boolean;
  /** Postgres puts a value in where COPY names none: by a default, an identity or an expression. */
  readonly fillsItself: boolean;
}

/** Of all tables of datasets, by table; none while the schema is not there. */
export async function existingColumns(tx: Transaction): Promise<Map<string, ExistingColumn[]>> {
  const columns = await tx<ExistingColumn[]>`
    select c.relname as table, a.attname as name, format_type(a.atttypid, a.atttypmod) as type,
      a.attnotnull as "isNotNull", a.atthasdef or a.attidentity <> '' as "fillsItself"
    from pg_attribute a join pg_class c on c.oid = a.attrelid
    where c.relnamespace = to_regnamespace('datasets') and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
    order by c.relname, a.attnum`;
  return Map.groupBy(columns, ({ table }) => table);
}
