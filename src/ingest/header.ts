import type { Column, Dataset } from '../domain/dataset.ts';
import { type UnknownField, unknownFields } from './extra-fields.ts';
import type { Place } from './file-unreadable.ts';
import { FileUnreadable } from './file-unreadable.ts';
import { printable } from './reject.ts';

const headerListLimit = 500;

export interface MatchedHeader {
  /** For each column of the dataset the index of its field, -1 where the file does not have it. */
  readonly fields: Int32Array;
  readonly unknown: readonly UnknownField[];
}

/** Throws FileUnreadable: no_header, missing_columns, duplicate_header, unknown_columns. */
export function matchHeader(fields: readonly string[], dataset: Dataset, place: Place): MatchedHeader {
  const texts = fields.map(folded);
  const matches = dataset.columns.map((column) => fieldsOf(column, texts));
  const found = printable(fields.map((field) => field.trim()).join(', '), headerListLimit);
  if (matches.every((indexes) => indexes.length === 0)) {
    const detail = `The first line has none of the columns of dataset ${dataset.name}. It reads: ${found}. Expected: ${expected(dataset.columns)}.`;
    throw new FileUnreadable('no_header', detail, place);
  }
  const missing = dataset.columns.filter(
    (column, i) => matches[i]?.length === 0 && (isNeeded(column) || dataset.key.includes(column.name)),
  );
  if (missing.length > 0) {
    const detail = `Missing columns: ${expected(missing)}. The header reads: ${found}.`;
    throw new FileUnreadable('missing_columns', detail, place);
  }
  const doubled = dataset.columns.filter((_, i) => (matches[i]?.length ?? 0) > 1);
  if (doubled.length > 0) {
    const names = doubled.map((column) => column.name).join(', ');
    const detail = `More than one header means the same column: ${names}. The header reads: ${found}.`;
    throw new FileUnreadable('duplicate_header', detail, place);
  }
  const taken = Int32Array.from(matches, ([index]) => index ?? -1);
  const unknown = unknownFields(fields, taken);
  const named = unknown.filter(({ index }) => fields[index]?.trim() !== '').map(({ name }) => name);
  if (dataset.unknownColumns === 'reject' && named.length > 0) {
    const detail = `The dataset ${dataset.name} has no such columns: ${printable(named.join(', '), headerListLimit)}. Add them to it, or take them out of the file.`;
    throw new FileUnreadable('unknown_columns', detail, place);
  }
  return { fields: taken, unknown };
}

function isNeeded(column: Column): boolean {
  return column.required && column.default === null;
}

/** How many columns of the dataset a header has, whatever else is wrong with it. */
export function countMatches(fields: readonly string[], dataset: Dataset): number {
  const texts = fields.map(folded);
  return dataset.columns.filter((column) => fieldsOf(column, texts).length > 0).length;
}

function fieldsOf(column: Column, texts: readonly string[]): number[] {
  const accepted = new Set([column.name, ...column.headers].map(folded));
  return texts.flatMap((text, index) => (accepted.has(text) ? [index] : []));
}

function folded(header: string): string {
  return header.normalize('NFC').trim().toLowerCase();
}

function expected(columns: readonly Column[]): string {
  return columns
    .map((column) => [...new Set([column.headers[0] ?? column.name, column.name])].join(' or '))
    .join(', ');
}
