import { isUtf8 } from 'node:buffer';

import type { Dataset } from '../domain/dataset.ts';
import type { CopyBuffer } from './copy-buffer.ts';
import { Coverage } from './coverage.ts';
import { detectDialect } from './dialect.ts';
import type { RunningAccount } from './file-account.ts';
import type { FileForm } from './file-form.ts';
import { FileUnreadable } from './file-unreadable.ts';
import { headerTexts, matchHeader } from './header.ts';
import { RecordScanner, recordLimits } from './record-scanner.ts';
import { describeRecord, describeValue, printable, shortValue } from './reject.ts';
import { type RowOutcome, RowWriter, recordFault } from './row-writer.ts';
import type { ScannedRecord } from './scanned-record.ts';
import type { Survey } from './survey.ts';
import { hasSwallowedRows } from './swallowed-rows.ts';

/** Enough UTF-8 for the characters of a reject's raw text. */
const rawBytes = 4_000;

/** What the file is read as, and where its rows go. */
export interface LoadTarget {
  readonly dataset: Dataset;
  readonly fileId: bigint | number;
  readonly out: CopyBuffer;
  readonly account: RunningAccount;
  readonly form: FileForm;
  /** Nothing is written; the rows on these lines are rejected for having the key of another. */
  readonly onlyDuplicates?: ReadonlySet<number>;
}

/** Takes a file's decoded bytes chunk by chunk: detects the dialect, matches the header, writes rows, and accounts for every record. */
export class RecordLoader {
  readonly #target: LoadTarget;
  readonly #survey: Survey;
  #scanner: RecordScanner | null = null;
  #rows: RowWriter | null = null;
  readonly #coverage: Coverage;
  #separatorLineAhead = false;

  constructor(target: LoadTarget, survey: Survey) {
    this.#target = target;
    this.#survey = survey;
    this.#coverage = new Coverage(survey);
  }

  /** Throws FileUnreadable, LinesUnaccountedFor. */
  push(chunk: Buffer): void {
    if (this.#scanner === null) {
      const dialect = detectDialect(chunk, this.#target.dataset);
      this.#target.form.dialect = dialect;
      this.#scanner = new RecordScanner(dialect.delimiter);
      this.#separatorLineAhead = dialect.hasSeparatorLine;
    }
    this.#scanner.push(chunk);
    this.#coverage.push(chunk.length, this.#scanner.bytes.length);
    this.#drain(this.#scanner);
  }

  /** Throws FileUnreadable, LinesUnaccountedFor. */
  finish(): void {
    if (this.#scanner !== null) {
      this.#scanner.finish();
      this.#drain(this.#scanner);
    }
    this.#coverage.finish(this.#scanner?.linesPassed ?? 0);
    if (this.#rows === null) {
      throw new FileUnreadable(
        'empty_file',
        'The file is empty: it has no header and no rows. Upload it again.',
      );
    }
    this.#target.account.close();
  }

  #drain(scanner: RecordScanner): void {
    while (scanner.next()) {
      if (this.#rows !== null && hasSwallowedRows(scanner, scanner.delimiter, this.#rows))
        scanner.giveUpLine();
      this.#take(scanner, this.#coverage.take(scanner));
    }
  }

  #take(record: ScannedRecord, byteOffset: number): void {
    if (record.flaw === 'too_long') {
      const detail = `The line goes on for more than ${recordLimits.bytes} bytes, so this is not a CSV file of rows.`;
      throw new FileUnreadable('record_too_long', detail, { line: record.line, byteOffset });
    }
    if (this.#separatorLineAhead) this.#separatorLineAhead = false;
    else if (record.isBlank()) this.#target.account.skipBlank(record.line);
    else if (this.#rows === null) this.#rows = this.#beginRows(record, byteOffset);
    else this.#takeRow(this.#rows, record, byteOffset);
  }

  #beginRows(header: ScannedRecord, byteOffset: number): RowWriter {
    const place = { line: header.line, byteOffset };
    const texts = headerTexts(header, place);
    this.#target.form.header = { line: header.line, texts };
    const matched = matchHeader(texts, this.#target.dataset, place);
    const { fieldCount } = header;
    return new RowWriter(this.#target, { ...matched, fieldCount, records: this.#survey.lines });
  }

  #takeRow(rows: RowWriter, record: ScannedRecord, byteOffset: number): void {
    const { account, onlyDuplicates } = this.#target;
    if (onlyDuplicates?.has(record.line) === false) return;
    const outcome = onlyDuplicates === undefined ? this.#write(rows, record) : recordFault('duplicate_key');
    if (outcome === 'loaded') account.loaded += 1;
    else if (outcome !== 'duplicate') {
      const { reason, column, value, earlierLine } = outcome;
      account.reject({
        line: record.line,
        byteOffset,
        column,
        reason,
        value: column === null ? null : shortValue(value),
        detail: column === null ? describeRecord(reason, earlierLine) : describeValue(reason, column, value),
        raw: rawText(record),
      });
    }
  }

  #write(rows: RowWriter, record: ScannedRecord): RowOutcome {
    return this.#isDamaged(record) ? recordFault('invalid_utf8') : rows.write(record);
  }

  #isDamaged(record: ScannedRecord): boolean {
    const isSuspect = this.#survey.encoding.name === 'utf-8-damaged';
    return isSuspect && !isUtf8(record.bytes.subarray(record.start, record.end));
  }
}

function rawText(record: ScannedRecord): string {
  const end = Math.min(record.contentEnd, record.start + rawBytes);
  return printable(record.bytes.toString('utf8', record.start, end));
}
