import type { Column, Dataset } from '../domain/dataset.ts';
import { type Clock, converterOf } from './column-converter.ts';
import type { Converter } from './converter.ts';
import type { CopyBuffer } from './copy-buffer.ts';
import type { RejectReason } from './reject.ts';
import type { ScannedRecord } from './scanned-record.ts';
import { fieldStyle } from './scanned-record.ts';

const space = 0x20;
const tab = 0x09;
const quote = 0x22;

/** A column of the dataset beside a file. */
export interface TargetColumn {
  readonly name: string;
  readonly isText: boolean;
  readonly required: boolean;
  /** Index in the file, -1: the file does not have it. */
  readonly field: number;
  readonly convert: Converter;
  /** In place of an empty value; null: there is none. */
  readonly default: { readonly text: Buffer; readonly convert: Converter } | null;
}

/** `clock` is set by the column that holds the event time. */
export function targetColumns(dataset: Dataset, fields: Int32Array, clock: Clock): TargetColumn[] {
  return dataset.columns.map((column, i) => {
    const ownClock = column.name === dataset.eventTime ? clock : undefined;
    const convert = converterOf(column, dataset.timezone, ownClock);
    return {
      name: column.name,
      isText: column.type.kind === 'text',
      required: column.required,
      field: fields[i] ?? -1,
      convert,
      default: column.default === null ? null : defaultOf(column, column.default, dataset, ownClock),
    };
  });
}

/** Always in ISO 8601 where it is a time. */
function defaultOf(
  column: Column,
  text: string,
  { timezone }: Dataset,
  clock: Clock | undefined,
): TargetColumn['default'] {
  return { text: Buffer.from(text), convert: converterOf({ ...column, formats: [] }, timezone, clock) };
}

/** The most that a value takes which does not stand in the file. */
export function literalBytes({ type, default: fallback }: Column): number {
  const values = type.kind === 'enum' ? type.values : [];
  return Math.max(...[fallback ?? '', ...values].map((value) => Buffer.byteLength(value)));
}

/** Writes one field after the other. */
export class ValueWriter {
  readonly #out: CopyBuffer;
  #scratch = Buffer.alloc(1_024);

  constructor(out: CopyBuffer) {
    this.#out = out;
  }

  write(record: ScannedRecord, column: TargetColumn): RejectReason | null {
    const { field } = column;
    if (field < 0) return this.#writeDefault(column, true);
    let source: Uint8Array = record.bytes;
    let start = record.starts[field] ?? 0;
    let end = record.ends[field] ?? 0;
    const style = record.styles[field];
    if (style === fieldStyle.doubled) {
      end = this.#undouble(source, start, end);
      start = 0;
      source = this.#scratch;
    }
    if (!column.isText) {
      while (start < end && isBlank(source[start])) start += 1;
      while (start < end && isBlank(source[end - 1])) end -= 1;
    }
    if (start < end) return column.convert(source, start, end, this.#out);
    return this.#writeDefault(column, style === fieldStyle.plain);
  }

  /** Of an empty value. `isNull`: it means that there is none, and not the empty text. */
  #writeDefault(column: TargetColumn, isNull: boolean): RejectReason | null {
    if (column.default !== null) {
      const { text, convert } = column.default;
      return convert(text, 0, text.length, this.#out);
    }
    if (column.required) return 'required_empty';
    if (column.isText && !isNull) this.#out.int32(0);
    else this.#out.null();
    return null;
  }

  /** Copies a field with each doubled quote as one; returns its length. */
  #undouble(source: Uint8Array, start: number, end: number): number {
    if (this.#scratch.length < end - start) this.#scratch = Buffer.alloc(end - start);
    const scratch = this.#scratch;
    let length = 0;
    for (let at = start; at < end; at += 1) {
      const byte = source[at] ?? 0;
      scratch[length] = byte;
      length += 1;
      if (byte === quote) at += 1;
    }
    return length;
  }
}

function isBlank(byte: number | undefined): boolean {
  return byte === space || byte === tab;
}
