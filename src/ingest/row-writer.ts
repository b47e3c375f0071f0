import type { Dataset } from '../domain/dataset.ts';
import { type Clock, converterOf } from './column-converter.ts';
import type { Converter } from './converter.ts';
import type { CopyBuffer } from './copy-buffer.ts';
import type { RunningAccount } from './file-account.ts';
import { KeySet } from './key-set.ts';
import type { QuarterTally } from './quarter-tally.ts';
import type { RejectReason } from './reject.ts';
import type { ScannedRecord } from './scanned-record.ts';
import { fieldStyle } from './scanned-record.ts';

const space = 0x20;
const tab = 0x09;
const quote = 0x22;

/** The most that a field takes beyond the bytes of its text: a length, and a value that is longer than its digits. */
const fieldBytes = 24;

export interface RowFault {
  readonly reason: RejectReason;
  /** Null: the record as a whole is at fault. */
  readonly column: string | null;
  readonly value: string;
}

export type RowOutcome = 'loaded' | 'duplicate' | RowFault;

export interface RowTarget {
  readonly dataset: Dataset;
  readonly fileId: bigint | number;
  readonly out: CopyBuffer;
  readonly account: RunningAccount;
}

/** What is known of a file's records once its header was read. */
export interface RowShape {
  /** The field index of each column, -1 where there is none. */
  readonly fields: Int32Array;
  /** Fields in a record. */
  readonly fieldCount: number;
  /** The most records that there can be. */
  readonly records: number;
}

interface TargetColumn {
  readonly name: string;
  readonly isText: boolean;
  readonly required: boolean;
  /** Index in the file, -1: the file does not have it. */
  readonly field: number;
  readonly convert: Converter;
}

/** Turns records into rows of COPY: the dataset's columns, `_file_id`, `_line`. */
export class RowWriter {
  readonly #out: CopyBuffer;
  readonly #columns: readonly TargetColumn[];
  readonly #keyColumns: readonly number[];
  readonly #keys: KeySet;
  /** As a field of COPY. */
  readonly #fileId: Buffer;
  readonly fieldCount: number;
  /** Where each column of the current row ends in `#out`. */
  readonly #ends: Int32Array;
  readonly #times: QuarterTally;
  /** Of the current row's event time; NaN: it has none. */
  readonly #eventTime: Clock = { seconds: Number.NaN };
  #scratch = Buffer.alloc(1_024);

  constructor({ dataset, fileId, out, account }: RowTarget, shape: RowShape) {
    this.#out = out;
    this.#times = account.times;
    this.#columns = dataset.columns.map((column, i) => ({
      name: column.name,
      isText: column.type.kind === 'text',
      required: column.required,
      field: shape.fields[i] ?? -1,
      convert: converterOf(
        column,
        dataset.timezone,
        column.name === dataset.eventTime ? this.#eventTime : undefined,
      ),
    }));
    this.#keyColumns = dataset.key.map((name) => dataset.columns.findIndex((column) => column.name === name));
    this.#keys = new KeySet(dataset.key.length === 0 ? 0 : shape.records);
    this.#fileId = Buffer.alloc(12);
    this.#fileId.writeInt32BE(8);
    this.#fileId.writeBigInt64BE(BigInt(fileId), 4);
    this.fieldCount = shape.fieldCount;
    this.#ends = new Int32Array(dataset.columns.length);
  }

  /** Appends the record, unless it is refused or a duplicate. */
  write(record: ScannedRecord): RowOutcome {
    const flaw = this.#flawOf(record);
    if (flaw !== null) return { reason: flaw, column: null, value: '' };
    const out = this.#out;
    this.#reserve(record);
    const rowStart = out.length;
    this.#eventTime.seconds = Number.NaN;
    out.int16(this.#columns.length + 2);
    const fault = this.#writeColumns(record);
    if (fault !== null) {
      out.length = rowStart;
      return fault;
    }
    if (this.#keyColumns.length > 0 && this.#isDuplicate(rowStart + 2)) {
      out.length = rowStart;
      return 'duplicate';
    }
    out.raw(this.#fileId, 0, this.#fileId.length);
    out.int32(8);
    out.int64(record.line);
    if (!Number.isNaN(this.#eventTime.seconds)) this.#times.add(this.#eventTime.seconds, record.line);
    return 'loaded';
  }

  /** Whether the record could be written, and has a value that is more than text. */
  isTypedRow(record: ScannedRecord): boolean {
    if (this.#flawOf(record) !== null) return false;
    const { starts, ends } = record;
    if (!this.#columns.some(({ isText, field }) => !isText && field >= 0 && starts[field] !== ends[field]))
      return false;
    this.#reserve(record);
    const { length } = this.#out;
    const fault = this.#writeColumns(record);
    this.#out.length = length;
    return fault === null;
  }

  #reserve(record: ScannedRecord): void {
    this.#out.reserve(record.end - record.start + fieldBytes * (this.#columns.length + 2));
  }

  #flawOf(record: ScannedRecord): RejectReason | null {
    if (record.flaw !== null) return 'unbalanced_quote';
    if (record.fieldCount < this.fieldCount) return 'too_few_fields';
    return record.fieldCount > this.fieldCount ? 'too_many_fields' : null;
  }

  #writeColumns(record: ScannedRecord): RowFault | null {
    const ends = this.#ends;
    let index = 0;
    for (const column of this.#columns) {
      const reason = this.#writeValue(record, column);
      if (reason !== null) return { reason, column: column.name, value: record.fieldText(column.field) };
      ends[index] = this.#out.length;
      index += 1;
    }
    return null;
  }

  #writeValue(record: ScannedRecord, column: TargetColumn): RejectReason | null {
    const { field } = column;
    if (field < 0) {
      this.#out.null();
      return null;
    }
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
    if (column.required) return 'required_empty';
    if (column.isText && style !== fieldStyle.plain) this.#out.int32(0);
    else this.#out.null();
    return null;
  }

  /** Copies a field with each doubled quote as one; returns its length. */
  #undouble(source: Uint8Array, start: number, end: number): number {
    const scratch = this.#roomFor(end - start);
    let length = 0;
    for (let at = start; at < end; at += 1) {
      const byte = source[at] ?? 0;
      scratch[length] = byte;
      length += 1;
      if (byte === quote) at += 1;
    }
    return length;
  }

  #roomFor(bytes: number): Buffer {
    if (this.#scratch.length < bytes) this.#scratch = Buffer.alloc(bytes);
    return this.#scratch;
  }

  /** A key with a null in it equals no other, as in SQL. */
  #isDuplicate(columnsStart: number): boolean {
    const { bytes, length: rowEnd } = this.#out;
    const ends = this.#ends;
    const key = this.#roomFor(rowEnd - columnsStart);
    let length = 0;
    for (const column of this.#keyColumns) {
      const start = ends[column - 1] ?? columnsStart;
      const end = ends[column] ?? columnsStart;
      // Fields are not empty: only a null's length has its upper bit set.
      if ((bytes[start] ?? 0) > 0x7f) return false;
      for (let at = start; at < end; at += 1) {
        key[length] = bytes[at] ?? 0;
        length += 1;
      }
    }
    return !this.#keys.add(key, 0, length);
  }
}

function isBlank(byte: number | undefined): boolean {
  return byte === space || byte === tab;
}
