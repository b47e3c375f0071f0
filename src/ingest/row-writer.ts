import type { Dataset } from '../domain/dataset.ts';
import { converterOf } from './column-converter.ts';
import type { Converter } from './converter.ts';
import type { CopyBuffer } from './copy-buffer.ts';
import { KeySet } from './key-set.ts';
import type { RecordScanner } from './record-scanner.ts';
import { fieldStyle } from './record-scanner.ts';
import type { RejectReason } from './reject.ts';

const tab = 0x09;
const lf = 0x0a;
const space = 0x20;

/** The most that a value grows by on its way to COPY text, beyond the escapes: `1/1/26` becomes `2026-01-01 00:00:00+00`. */
const growthPerColumn = 40;

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
}

/** The field index of each column, -1 where there is none, and how many fields a record has. */
export interface RowHeader {
  readonly fields: Int32Array;
  readonly count: number;
}

interface TargetColumn {
  readonly name: string;
  readonly isText: boolean;
  readonly required: boolean;
  /** Index in the file, -1: the file does not have it. */
  readonly field: number;
  readonly convert: Converter;
}

/** Turns records into rows of COPY text: the dataset's columns, `_file_id`, `_line`. */
export class RowWriter {
  readonly #out: CopyBuffer;
  readonly #columns: readonly TargetColumn[];
  readonly #keyColumns: readonly number[];
  readonly #keys = new KeySet();
  readonly #fileId: Buffer;
  readonly #fieldCount: number;
  /** Where each column of the current row ends in `#out`, its separator included. */
  readonly #ends: Int32Array;
  #key = Buffer.alloc(1_024);

  constructor({ dataset, fileId, out }: RowTarget, header: RowHeader) {
    this.#out = out;
    this.#columns = dataset.columns.map((column, i) => ({
      name: column.name,
      isText: column.type.kind === 'text',
      required: column.required,
      field: header.fields[i] ?? -1,
      convert: converterOf(column, dataset.timezone),
    }));
    this.#keyColumns = dataset.key.map((name) => dataset.columns.findIndex((column) => column.name === name));
    this.#fileId = Buffer.from(String(fileId));
    this.#fieldCount = header.count;
    this.#ends = new Int32Array(dataset.columns.length);
  }

  /** Appends the scanner's current record, unless it is refused or a duplicate. */
  write(record: RecordScanner): RowOutcome {
    const flaw = this.#flawOf(record);
    if (flaw !== null) return { reason: flaw, column: null, value: '' };
    const out = this.#out;
    out.reserve(2 * (record.end - record.start) + growthPerColumn * (this.#columns.length + 2));
    const rowStart = out.length;
    const fault = this.#writeColumns(record);
    if (fault !== null) {
      out.length = rowStart;
      return fault;
    }
    if (this.#isDuplicate(rowStart)) {
      out.length = rowStart;
      return 'duplicate';
    }
    out.raw(this.#fileId, 0, this.#fileId.length);
    out.byte(tab);
    out.digits(record.line, 1);
    out.byte(lf);
    return 'loaded';
  }

  #flawOf(record: RecordScanner): RejectReason | null {
    if (record.flaw !== null) return 'unbalanced_quote';
    if (record.fieldCount < this.#fieldCount) return 'too_few_fields';
    return record.fieldCount > this.#fieldCount ? 'too_many_fields' : null;
  }

  #writeColumns(record: RecordScanner): RowFault | null {
    let index = 0;
    for (const column of this.#columns) {
      const reason = this.#writeValue(record, column);
      if (reason !== null) return { reason, column: column.name, value: record.fieldText(column.field) };
      this.#out.byte(tab);
      this.#ends[index] = this.#out.length;
      index += 1;
    }
    return null;
  }

  #writeValue(record: RecordScanner, column: TargetColumn): RejectReason | null {
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
      source = Buffer.from(record.fieldText(field));
      start = 0;
      end = source.length;
    }
    if (!column.isText) {
      while (start < end && isBlank(source[start])) start += 1;
      while (start < end && isBlank(source[end - 1])) end -= 1;
    }
    if (start < end) return column.convert(source, start, end, this.#out);
    if (column.required) return 'required_empty';
    if (!column.isText || style === fieldStyle.plain) this.#out.null();
    return null;
  }

  /** A key with a null in it equals no other, as in SQL. */
  #isDuplicate(rowStart: number): boolean {
    if (this.#keyColumns.length === 0) return false;
    const { bytes } = this.#out;
    if (this.#key.length < this.#out.length - rowStart) this.#key = Buffer.alloc(this.#out.length - rowStart);
    let length = 0;
    for (const column of this.#keyColumns) {
      const start = this.#ends[column - 1] ?? rowStart;
      const end = this.#ends[column] ?? rowStart;
      if (end - start === 3 && bytes[start] === 0x5c && bytes[start + 1] === 0x4e) return false;
      length += bytes.copy(this.#key, length, start, end);
    }
    return !this.#keys.add(this.#key, length);
  }
}

function isBlank(byte: number | undefined): boolean {
  return byte === space || byte === tab;
}
