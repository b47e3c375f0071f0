import type { Dataset } from '../domain/dataset.ts';
import type { Transaction } from './connection.ts';
import { existingColumns } from './existing-columns.ts';
import type { WantedColumn } from './table-conflicts.ts';
import { planTable, type TablePlan } from './table-plan.ts';

/** What each table of a dataset needs; changes nothing. */
export async function planDatasetTables(tx: Transaction, datasets: readonly Dataset[]): Promise<TablePlan[]> {
  const existing = await existingColumns(tx);
  return datasets.map((dataset) => planTable(dataset, existing.get(dataset.name) ?? []));
}

/** What a plan makes, e.g. `datasets.calls`, `datasets.calls.outcome`. */
export function namesOf({ dataset, isNew, missing }: TablePlan): string[] {
  const table = `datasets.${dataset.name}`;
  return isNew ? [table] : missing.map(({ name }) => `${table}.${name}`);
}

/** Makes tables, and adds columns that may be empty. No column is ever changed or dropped: the plan is without conflicts. */
export async function carryOut(tx: Transaction, plan: TablePlan): Promise<void> {
  if (plan.isNew) await createTable(tx, plan);
  else for (const column of plan.missing) await addColumn(tx, plan.dataset, column);
}

async function createTable(tx: Transaction, { dataset, missing }: TablePlan): Promise<void> {
  const table = tx(`datasets.${dataset.name}`);
  const columns = missing.map(({ name, type }) => `"${name}" ${type},`);
  await tx`create table ${table} (
    ${tx.unsafe(columns.join(' '))}
    _file_id bigint not null,
    _line bigint not null)`;
  await indexByFile(tx, dataset.name);
  // The hourly figures go by time.
  if (dataset.eventTime !== null) await tx`create index on ${table} (${tx(dataset.eventTime)})`;
}

/**
 * Replacing, purging and lineage go by file. The rows of a file lie together, as one COPY has put them there, so a range of pages is
 * all that has to be known of them: a B-tree, and a foreign key, would each cost as much as the COPY itself.
 */
async function indexByFile(tx: Transaction, name: string): Promise<void> {
  await tx`create index on ${tx(`datasets.${name}`)} using brin (_file_id, _line) with (autosummarize = on)`;
}

async function addColumn(tx: Transaction, dataset: Dataset, { name, type }: WantedColumn): Promise<void> {
  const table = tx(`datasets.${dataset.name}`);
  await tx`alter table ${table} add column ${tx(name)} ${tx.unsafe(type)}`;
  if (dataset.eventTime === name) await tx`create index on ${table} (${tx(name)})`;
}
