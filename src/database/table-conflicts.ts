import type { TableConflict } from './errors.ts';
import type { ExistingColumn } from './existing-columns.ts';

/** A column that rows are to be put into. */
export interface WantedColumn {
  readonly name: string;
  /** As `format_type` writes it. */
  readonly type: string;
  /** Rows can come without a value. */
  readonly mayBeEmpty: boolean;
}

/** What keeps the values of a column of the settings out of the table's column; null: nothing does. `found`: null: it is not there. */
export function columnConflict(
  table: string,
  wanted: WantedColumn,
  found: ExistingColumn | null,
): TableConflict | null {
  const { name, type } = wanted;
  const column = `${table}.${name}`;
  if (found === null) {
    return {
      column,
      problem: `is not there, and every table of charlie has it: ${table} was made by somebody else`,
      plan: [`Rename that table (alter table ${table} rename to ...), or the dataset.`],
    };
  }
  if (found.type !== type) {
    const problem = `is ${found.type}, and the settings say ${type}`;
    const plan = isWider(found.type, type) ? widen(table, wanted) : replace(table, wanted, found);
    return { column, problem, plan };
  }
  if (!found.isNotNull || !wanted.mayBeEmpty) return null;
  return {
    column,
    problem: 'is NOT NULL, and the settings let it be empty',
    plan: [allowNull(table, name), 'Or say required = true, or a default, in the settings.'],
  };
}

/** What keeps rows out of a table because of a column that the settings do not have; null: nothing does. */
export function foreignConflict(
  table: string,
  { name, isNotNull, fillsItself }: ExistingColumn,
): TableConflict | null {
  if (!isNotNull || fillsItself) return null;
  return {
    column: `${table}.${name}`,
    problem: 'is NOT NULL without a default, and not in the settings: no row could be loaded',
    plan: [allowNull(table, name), 'Or give it a default, or put it into the settings as a required column.'],
  };
}

function allowNull(table: string, name: string): string {
  return `alter table ${table} alter column ${quoted(name)} drop not null;`;
}

function widen(table: string, { name, type }: WantedColumn): string[] {
  return [`alter table ${table} alter column ${quoted(name)} type ${type};`];
}

function replace(table: string, { name, type }: WantedColumn, found: ExistingColumn): string[] {
  return [
    `Its values may not fit into ${type}. Keep them under another name, and begin a new column:`,
    `alter table ${table} rename column ${quoted(name)} to ${quoted(`${name.slice(0, 59)}_old`)};`,
    ...(found.isNotNull ? [allowNull(table, `${name.slice(0, 59)}_old`)] : []),
    'Or give the column another name in the settings. Or drop it, and have the files loaded again (charlie purge --reload):',
    `alter table ${table} drop column ${quoted(name)};`,
  ];
}

/** Whether every value of the one type is a value of the other, and Postgres changes it by itself. */
function isWider(from: string, to: string): boolean {
  if (to === 'text') return true;
  if (from === 'smallint' && to === 'integer') return true;
  const digits = wholeDigits[from];
  if (digits !== undefined && to === 'bigint') return true;
  const target = numericOf(to);
  if (target === null) return false;
  if (digits !== undefined) return target.whole >= digits;
  const source = numericOf(from);
  return source !== null && target.whole >= source.whole && target.scale >= source.scale;
}

/** The most that they have. */
const wholeDigits: Readonly<Record<string, number>> = { smallint: 5, integer: 10, bigint: 19 };

/** Digits before and behind the point. */
function numericOf(type: string): { readonly whole: number; readonly scale: number } | null {
  if (type === 'numeric') return { whole: Number.POSITIVE_INFINITY, scale: Number.POSITIVE_INFINITY };
  const [, precision, scale] = /^numeric\((\d+),(-?\d+)\)$/.exec(type) ?? [];
  if (precision === undefined) return null;
  return { whole: Number(precision) - Number(scale), scale: Number(scale) };
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
