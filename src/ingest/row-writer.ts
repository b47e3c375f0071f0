import type { Dataset } from '../domain/dataset.ts';
import type { Clock } from './column-converter.ts';
import type { CopyBuffer } from './copy-buffer.ts';
import { extraFields, type UnknownField } from './extra-fields.ts';
import type { RunningAccount } from './file-account.ts';
import type { RejectReason } from './reject.ts';
import { keysInMemory, RowKeys } from './row-keys.ts';
import type { ScannedRecord } from './scanned-record.ts';
import { literalBytes, type TargetColumn, targetColumns, ValueWriter } from './value-writer.ts';

/** The most that a field takes beyond the bytes of its text: a length, and a value that is longer than its digits. */
const fieldBytes = 24;

/** Before the text of a jsonb. */
const jsonbVersion = 1;

const noExtra = Buffer.alloc(0);

export interface RowFault {
  readonly reason: RejectReason;
  /** Null: the record as a whole is at fault. */
  readonly column: string | null;
  readonly value: string;
  /** The row before it that has the same key; 0: it is not about that. */
  readonly earlierLine: number;
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
  readonly unknown: readonly UnknownField[];
  /** Fields in a record. */
  readonly fieldCount: number;
  /** The most records that there can be. */
  readonly records: number;
}

/** Turns records into rows of COPY, with the columns that FileReading names. */
export class RowWriter {
  readonly fieldCount: number;
  readonly #out: CopyBuffer;
  readonly #account: RunningAccount;
  readonly #values: ValueWriter;
  readonly #columns: readonly TargetColumn[];
  readonly #unknown: readonly UnknownField[] | null;
  readonly #onDuplicate: Dataset['onDuplicate'];
  /** Null: there is no key, or too many of them. */
  readonly #keys: RowKeys | null;
  /** As a field of COPY. */
  readonly #fileId: Buffer;
  /** Where each column of the current row ends in `#out`. */
  readonly #ends: Int32Array;
  /** Of the current row's event time; NaN: it has none. */
  readonly #eventTime: Clock = { seconds: Number.NaN };
  /** What a row may take beyond its own text. */
  readonly #extraBytes: number;

  constructor({ dataset, fileId, out, account }: RowTarget, shape: RowShape) {
    this.#out = out;
    this.#account = account;
    this.#values = new ValueWriter(out);
    this.#columns = targetColumns(dataset, shape.fields, this.#eventTime);
    this.#unknown = dataset.unknownColumns === 'capture' ? shape.unknown : null;
    this.#onDuplicate = dataset.onDuplicate;
    const isKeyed = dataset.key.length > 0;
    this.#keys = isKeyed && shape.records <= keysInMemory ? new RowKeys(dataset, shape.records) : null;
    account.areKeysUnchecked = isKeyed && this.#keys === null;
    this.#fileId = Buffer.alloc(12);
    this.#fileId.writeInt32BE(8);
    this.#fileId.writeBigInt64BE(BigInt(fileId), 4);
    this.fieldCount = shape.fieldCount;
    this.#ends = new Int32Array(dataset.columns.length);
    this.#extraBytes =
      fieldBytes * (dataset.columns.length + 3) +
      dataset.columns.reduce((sum, column) => sum + literalBytes(column), 0);
  }

  /** Appends the record, unless it is refused or a duplicate; the account has noted the latter. */
  write(record: ScannedRecord): RowOutcome {
    const flaw = this.#flawOf(record);
    if (flaw !== null) return recordFault(flaw);
    const out = this.#out;
    const extra = this.#unknown === null ? noExtra : extraFields(record, this.#unknown);
    if (extra === null) return recordFault('nul_character');
    out.reserve(record.end - record.start + this.#extraBytes + extra.length);
    const rowStart = out.length;
    this.#eventTime.seconds = Number.NaN;
    out.int16(this.#columns.length + (this.#unknown === null ? 2 : 3));
    const refused = this.#writeColumns(record) ?? this.#takeKey(rowStart + 2, record.line);
    if (refused !== null) {
      out.length = rowStart;
      return refused;
    }
    if (this.#unknown !== null) this.#writeExtra(extra);
    out.raw(this.#fileId, 0, this.#fileId.length);
    out.int32(8);
    out.int64(record.line);
    if (!Number.isNaN(this.#eventTime.seconds)) this.#account.times.add(this.#eventTime.seconds, record.line);
    return 'loaded';
  }

  /** Whether the record could be written, and has a value that is more than text. */
  isTypedRow(record: ScannedRecord): boolean {
    if (this.#flawOf(record) !== null) return false;
    const { starts, ends } = record;
    if (!this.#columns.some(({ isText, field }) => !isText && field >= 0 && starts[field] !== ends[field]))
      return false;
    this.#out.reserve(record.end - record.start + this.#extraBytes);
    const { length } = this.#out;
    const fault = this.#writeColumns(record);
    this.#out.length = length;
    return fault === null;
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
      const reason = this.#values.write(record, column);
      if (reason !== null) {
        const value = column.field < 0 ? '' : record.fieldText(column.field);
        return { reason, column: column.name, value, earlierLine: 0 };
      }
      ends[index] = this.#out.length;
      index += 1;
    }
    return null;
  }

  /** Null: the row is to be loaded. */
  #takeKey(columnsStart: number, line: number): 'duplicate' | RowFault | null {
    const earlierLine = this.#keys?.put(this.#out, columnsStart, this.#ends, line) ?? 0;
    if (earlierLine === 0) return null;
    if (this.#onDuplicate === 'reject') return { ...recordFault('duplicate_key'), earlierLine };
    if (this.#onDuplicate === 'last') {
      this.#account.supersede(earlierLine, line);
      return null;
    }
    this.#account.skipDuplicate(line, earlierLine);
    return 'duplicate';
  }

  #writeExtra(json: Buffer): void {
    if (json.length === 0) {
      this.#out.null();
      return;
    }
    this.#out.int32(json.length + 1);
    this.#out.byte(jsonbVersion);
    this.#out.raw(json, 0, json.length);
  }
}

export function recordFault(reason: RejectReason): RowFault {
  return { reason, column: null, value: '', earlierLine: 0 };
}
