import type { ColumnType, Dataset } from '../domain/dataset.ts';
import type { TableConflict } from './errors.ts';
import type { ExistingColumn } from './existing-columns.ts';
import { columnConflict, foreignConflict, type WantedColumn } from './table-conflicts.ts';

/** What has to be done so that a dataset's rows fit into its table. */
export interface TablePlan {
  readonly dataset: Dataset;
  /** There is no such table yet. */
  readonly isNew: boolean;
  /** Columns that the table lacks. */
  readonly missing: readonly WantedColumn[];
  /** What stands in the way; nothing of the plan can be done before it is settled. */
  readonly conflicts: readonly TableConflict[];
}

/** `existing`: of the table; none: there is no table. */
export function planTable(dataset: Dataset, existing: readonly ExistingColumn[]): TablePlan {
  const wanted = wantedColumns(dataset);
  if (existing.length === 0) return { dataset, isNew: true, missing: wanted, conflicts: [] };
  const table = `datasets.${dataset.name}`;
  const byName = new Map(existing.map((column) => [column.name, column]));
  const names = new Set([...wanted, ...ownColumns].map(({ name }) => name));
  const conflicts = [
    ...[...wanted, ...ownColumns].flatMap((column) => {
      const found = byName.get(column.name);
      const isOwn = ownColumns.includes(column);
      if (found === undefined && !isOwn) return [];
      return columnConflict(table, column, found ?? null) ?? [];
    }),
    ...existing
      .filter(({ name }) => !names.has(name))
      .flatMap((column) => foreignConflict(table, column) ?? []),
  ];
  return { dataset, isNew: false, missing: wanted.filter(({ name }) => !byName.has(name)), conflicts };
}

/** Without those that every table has. */
function wantedColumns({ columns, unknownColumns }: Dataset): WantedColumn[] {
  const wanted = columns.map(({ name, type, required, default: fallback }) => {
    return { name, type: sqlType(type), mayBeEmpty: !required && fallback === null };
  });
  return unknownColumns === 'capture'
    ? [...wanted, { name: '_extra', type: 'jsonb', mayBeEmpty: true }]
    : wanted;
}

/** In every table from the start: where a row is from. */
const ownColumns: readonly WantedColumn[] = ['_file_id', '_line'].map((name) => {
  return { name, type: 'bigint', mayBeEmpty: false };
});

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
