import { isUtf8 } from 'node:buffer';

import type { Column, Dataset } from '../domain/dataset.ts';
import { type UnknownField, unknownFields } from './extra-fields.ts';
import type { Place } from './file-unreadable.ts';
import { FileUnreadable } from './file-unreadable.ts';
import { describeRecord, printable } from './reject.ts';
import type { ScannedRecord } from './scanned-record.ts';

const headerListLimit = 500;

/** What stands in the record that is the header. Throws FileUnreadable: unbalanced_quote, undecodable. */
export function headerTexts(record: ScannedRecord, place: Place): string[] {
  if (record.flaw !== null) {
    const detail = `In the header ${describeRecord('unbalanced_quote')}.`;
    throw new FileUnreadable('unbalanced_quote', detail, place);
  }
  const bytes = record.bytes.subarray(record.start, record.contentEnd);
  if (bytes.includes(0) || !isUtf8(bytes)) {
    const detail = 'The header holds bytes that are no text. Save the file as UTF-8.';
    throw new FileUnreadable('undecodable', detail, place);
  }
  return record.fieldTexts();
}

export interface MatchedHeader {
  /** For each column of the dataset the index of its field, -1 where the file does not have it. */
  readonly fields: Int32Array;
  readonly unknown: readonly UnknownField[];
}

/** Throws FileUnreadable: no_header, missing_columns, duplicate_header, unknown_columns. */
export function matchHeader(fields: readonly string[], dataset: Dataset, place: Place): MatchedHeader {
  const matches = headerMatches(fields, dataset);
  const found = printable(fields.map((field) => field.trim()).join(', '), headerListLimit);
  if (matches.every((indexes) => indexes.length === 0)) {
    const detail = `The first line has none of the columns of dataset ${dataset.name}. It reads: ${found}. Expected: ${expected(dataset.columns)}.`;
    throw new FileUnreadable('no_header', detail, place);
  }
  const missing = dataset.columns.filter(
    (column, i) => matches[i]?.length === 0 && isNeeded(column, dataset),
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

/** Whether a file without the column is refused. */
export function isNeeded({ name, required, default: fallback }: Column, { key }: Dataset): boolean {
  return (required && fallback === null) || key.includes(name);
}

/** For each column of the dataset the fields that mean it, whatever is wrong with the header. */
export function headerMatches(fields: readonly string[], { columns }: Pick<Dataset, 'columns'>): number[][] {
  const texts = fields.map(folded);
  return columns.map((column) => fieldsOf(column, texts));
}

function fieldsOf(column: Column, texts: readonly string[]): number[] {
  const accepted = new Set([column.name, ...column.headers].map(folded));
  return texts.flatMap((text, index) => (accepted.has(text) ? [index] : []));
}

/** Headers are compared by this. */
export function folded(header: string): string {
  return header.normalize('NFC').trim().toLowerCase();
}

function expected(columns: readonly Column[]): string {
  return columns
    .map((column) => [...new Set([column.headers[0] ?? column.name, column.name])].join(' or '))
    .join(', ');
}
