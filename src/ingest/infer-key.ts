import { converted, converterFor } from './converted.ts';
import type { ColumnGuess } from './infer-column.ts';
import { withoutBlanks } from './infer-column.ts';

/** A column, with what each row has in it. */
export interface KeyColumn {
  readonly name: string;
  readonly guess: ColumnGuess;
  readonly values: readonly string[];
}

/** Pairs of more columns are not looked at: their number grows with the square. */
const pairedColumns = 8;

/** With fewer rows any two columns are a key. */
const pairedRows = 20;

/** A name that says so. */
const namesRow = /(?:^|_)(?:id|uuid|guid|key|no|nr|number|nummer)$/;

export function saysThatItNamesARow(name: string): boolean {
  return namesRow.test(name);
}

/** One column, else two, that are never empty and in no two rows the same; none: there are no such ones. */
export function inferKey(columns: readonly KeyColumn[]): string[] {
  const rows = columns[0]?.values.length ?? 0;
  if (rows < 2) return [];
  const candidates = columns
    .filter(({ guess }) => guess.required && guess.misfits === null && isName(guess))
    .sort((a, b) => Number(saysThatItNamesARow(b.name)) - Number(saysThatItNamesARow(a.name)))
    .map((column) => ({ ...column, keys: comparable(column) }))
    .map((column) => ({ ...column, distinct: new Set(column.keys).size }));
  const single = candidates.find(({ distinct, guess }) => distinct === rows && !isTime(guess));
  if (single !== undefined) return [single.name];
  if (rows < pairedRows) return [];
  const some = candidates.slice(0, pairedColumns);
  for (const [index, first] of some.entries()) {
    for (const second of some.slice(index + 1)) {
      const isPossible = first.distinct * second.distinct >= rows;
      if (isPossible && areUnique(first.keys, second.keys)) return [first.name, second.name];
    }
  }
  return [];
}

function isName({ type: { kind } }: ColumnGuess): boolean {
  return kind !== 'numeric' && kind !== 'boolean';
}

/** Part of a key at most: that no two rows have the same time is mostly chance. */
function isTime({ type: { kind } }: ColumnGuess): boolean {
  return kind === 'date' || kind === 'timestamp';
}

/** Values that are equal for the loader are equal here, however they are written. */
function comparable({ guess: { type, formats }, values }: KeyColumn): readonly string[] {
  if (type.kind === 'text') return values;
  const convert = converterFor(type, formats);
  return values.map((value) => converted(convert, withoutBlanks(value))?.toString('latin1') ?? '');
}

function areUnique(first: readonly string[], second: readonly string[]): boolean {
  const seen = new Set<string>();
  for (const [row, key] of first.entries()) {
    const pair = `${key.length} ${key}${second[row] ?? ''}`;
    if (seen.has(pair)) return false;
    seen.add(pair);
  }
  return true;
}
