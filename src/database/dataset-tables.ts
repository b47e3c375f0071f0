import type { Column, ColumnType, Dataset } from '../domain/dataset.ts';
import type { Transaction } from './connection.ts';
import { TableIncompatible } from './errors.ts';

interface TableColumn {
  readonly table: string;
  readonly column: string;
  /** As `format_type` writes it, e.g. `numeric(12,2)`. */
  readonly type: string;
}

/**
 * Makes the table of each dataset, and adds the columns that it lacks; returns what was made. No column is ever
 * changed or dropped: throws TableIncompatible instead.
 */
export async function ensureDatasetTables(tx: Transaction, datasets: readonly Dataset[]): Promise<string[]> {
  const existing = await tx<TableColumn[]>`
    select c.relname as table, a.attname as column, format_type(a.atttypid, a.atttypmod) as type
    from pg_attribute a join pg_class c on c.oid = a.attrelid
    where c.relnamespace = 'datasets'::regnamespace and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped`;
  const tables = Map.groupBy(existing, (column) => column.table);

  const changes: string[] = [];
  for (const dataset of datasets) {
    const columns = tables.get(dataset.name);
    if (columns === undefined) changes.push(await createTable(tx, dataset));
    else changes.push(...(await addColumns(tx, dataset, columns)));
  }
  return changes;
}

/** The Postgres type that holds a column's values. */
export function sqlType(type: ColumnType): string {
  switch (type.kind) {
    case 'enum':
      return 'text';
    case 'text':
    case 'integer':
    case 'bigint':
    case 'boolean':
    case 'date':
      return type.kind;
    case 'timestamp':
      return 'timestamp with time zone';
    case 'numeric':
      return type.precision === null ? 'numeric' : `numeric(${type.precision},${type.scale ?? 0})`;
  }
}

async function createTable(tx: Transaction, dataset: Dataset): Promise<string> {
  const table = tx(`datasets.${dataset.name}`);
  const columns = dataset.columns.map((column) => `${quoted(column.name)} ${sqlType(column.type)},`);
  const extra = dataset.unknownColumns === 'capture' ? '_extra jsonb,' : '';
  await tx`create table ${table} (
    ${tx.unsafe(`${columns.join(' ')}${extra}`)}
    _file_id bigint not null,
    _line bigint not null)`;
  await indexByFile(tx, dataset.name);
  // The hourly figures go by time.
  if (dataset.eventTime !== null) await tx`create index on ${table} (${tx(dataset.eventTime)})`;
  return `datasets.${dataset.name}`;
}

/**
 * Replacing, purging and lineage go by file. The rows of a file lie together, as one COPY has put them there, so a range of pages is
 * all that has to be known of them: a B-tree, and a foreign key, would each cost as much as the COPY itself.
 */
async function indexByFile(tx: Transaction, name: string): Promise<void> {
  await tx`create index on ${tx(`datasets.${name}`)} using brin (_file_id, _line) with (autosummarize = on)`;
}

async function addColumns(
  tx: Transaction,
  dataset: Dataset,
  existing: readonly TableColumn[],
): Promise<string[]> {
  const types = new Map(existing.map((column) => [column.column, column.type]));
  const differences = dataset.columns
    .filter((column) => ![undefined, sqlType(column.type)].includes(types.get(column.name)))
    .map((column) => `${column.name} is ${types.get(column.name) ?? ''}, not ${sqlType(column.type)}`);
  if (differences.length > 0) throw new TableIncompatible(`datasets.${dataset.name}`, differences);

  const missing = dataset.columns.filter((column) => !types.has(column.name));
  for (const column of missing) await addColumn(tx, dataset, column);
  const names = missing.map(({ name }) => name);
  if (dataset.unknownColumns === 'capture' && !types.has('_extra')) {
    await tx`alter table ${tx(`datasets.${dataset.name}`)} add column _extra jsonb`;
    names.push('_extra');
  }
  return names.map((name) => `datasets.${dataset.name}.${name}`);
}

async function addColumn(tx: Transaction, dataset: Dataset, column: Column): Promise<void> {
  await tx`alter table ${tx(`datasets.${dataset.name}`)} add column ${tx(column.name)} ${tx.unsafe(sqlType(column.type))}`;
  if (dataset.eventTime === column.name) {
    await tx`create index on ${tx(`datasets.${dataset.name}`)} (${tx(column.name)})`;
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
