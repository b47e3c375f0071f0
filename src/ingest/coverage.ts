import { encodedLength } from './encoding.ts';
import type { ScannedRecord } from './scanned-record.ts';
import type { Survey } from './survey.ts';

/**
 * Reading a file did not account for each of its bytes once, or for as many lines as were counted without the scanner: a defect, or a
 * file that was changed meanwhile. Nothing of it may be loaded.
 */
export class LinesUnaccountedFor extends Error {
  override readonly name = 'LinesUnaccountedFor';
  readonly what: string;
  readonly expected: number;
  readonly found: number;

  constructor(what: string, expected: number, found: number) {
    super(
      `${what}: ${expected} expected, ${found} found. Nothing of the file was loaded. If nobody changed it while it was read, this is ` +
        'a defect of the reader: report it with the file.',
    );
    this.what = what;
    this.expected = expected;
    this.found = found;
  }
}

/** Holds what the scanner says against the bytes that it was given, and against the survey. */
export class Coverage {
  readonly #survey: Survey;
  /** Of the next record, in the unpacked file. */
  #offset: number;
  /** Where the last record ends in the scanner's bytes. */
  #end = 0;
  /** Bytes that the scanner was given and that are not in a record yet. */
  #ahead = 0;

  constructor(survey: Survey) {
    this.#survey = survey;
    this.#offset = survey.encoding.bomLength;
  }

  /** After the scanner got `bytes` more; `held` is what it now holds. */
  push(bytes: number, held: number): void {
    this.#ahead += bytes;
    this.#end = 0;
    if (held !== this.#ahead)
      throw new LinesUnaccountedFor('Bytes before the next record', this.#ahead, held);
  }

  /** Returns where the record begins in the unpacked file. */
  take(record: ScannedRecord): number {
    const { start, end } = record;
    if (start !== this.#end || end <= start) {
      throw new LinesUnaccountedFor(`Beginning of the record on line ${record.line}`, this.#end, start);
    }
    this.#end = end;
    this.#ahead -= end - start;
    const offset = this.#offset;
    this.#offset += encodedLength(this.#survey.encoding.name, record.bytes, start, end);
    return offset;
  }

  /** After the last record; `lines` is what the scanner counted. */
  finish(lines: number): void {
    if (this.#offset !== this.#survey.bytes)
      throw new LinesUnaccountedFor('Bytes of the file', this.#survey.bytes, this.#offset);
    if (lines !== this.#survey.lines)
      throw new LinesUnaccountedFor('Lines of the file', this.#survey.lines, lines);
  }
}
