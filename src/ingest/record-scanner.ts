import type { Flaw } from './scanned-record.ts';
import { fieldStyle, ScannedRecord } from './scanned-record.ts';

const quote = 0x22;
const cr = 0x0d;
const lf = 0x0a;

/** A record beyond these is taken for an unbalanced quote. Bytes are counted in UTF-8, without the closing line break. */
export const recordLimits = { bytes: 1_048_576, lines: 1_000 } as const;

const incomplete = -1;
const unbalanced = -2;

/**
 * RFC 4180 over UTF-8 bytes as they come, without a copy of any field. Lenient in two ways that no reader disagrees on: a quote
 * inside an unquoted field is an ordinary character, and CRLF, LF and CR all end a record.
 *
 * When quotes do not add up, only the record's first physical line is given up (`flaw`), and scanning resumes on the
 * next line: an unbalanced quote must not swallow the rows that follow it. The records tile the input whatever it holds.
 */
export class RecordScanner extends ScannedRecord {
  readonly delimiter: number;
  /** What `bytes` is the beginning of. */
  #store: Buffer = Buffer.alloc(0);
  #position = 0;
  #nextLine = 1;
  #breaks = 0;
  #final = false;

  constructor(delimiter: number) {
    super();
    this.delimiter = delimiter;
  }

  /** Call when `next()` has said false: what is left of the bytes moves to their front, and the chunk is copied behind it. */
  push(chunk: Buffer): void {
    const rest = this.bytes.subarray(this.#position);
    const length = rest.length + chunk.length;
    if (length > this.#store.length) {
      const larger = Buffer.allocUnsafe(Math.max(2 * this.#store.length, length));
      rest.copy(larger);
      this.#store = larger;
    } else {
      this.#store.copyWithin(0, this.#position, this.bytes.length);
    }
    chunk.copy(this.#store, rest.length);
    this.bytes = this.#store.subarray(0, length);
    this.#position = 0;
  }

  /** No more bytes will come: what is left is the last record. */
  finish(): void {
    this.#final = true;
  }

  /** Moves to the next record; false: more bytes are needed, or all are done. */
  next(): boolean {
    const { bytes } = this;
    const from = this.#position;
    if (from === bytes.length) return false;
    this.fieldCount = 0;
    this.#breaks = 0;
    let at = bytes[from] === quote ? this.#quotedField(from) : this.#plainFields(from);
    while (at >= 0 && bytes[at] === this.delimiter) {
      at = bytes[at + 1] === quote ? this.#quotedField(at + 1) : this.#plainFields(at + 1);
    }
    if (at === incomplete) {
      return bytes.length - from - 1 > recordLimits.bytes && this.#giveUpLine(from);
    }
    if (at === unbalanced || at - from > recordLimits.bytes) return this.#giveUpLine(from);
    return this.#close(at, null);
  }

  /** Makes the first physical line of the current record a record of its own, flawed, and goes on behind it. */
  giveUpLine(): void {
    this.#position = this.start;
    this.#nextLine = this.line;
    this.#giveUpLine(this.start);
  }

  /** Physical lines up to the end of the current record. */
  get linesPassed(): number {
    return this.#nextLine - 1;
  }

  /** Up to the end of the record, or to the delimiter before a quoted field. */
  #plainFields(from: number): number {
    const { bytes, delimiter } = this;
    let { starts, ends, styles } = this;
    const limit = bytes.length;
    // Most bytes of a text are above all that can end a field.
    const highest = delimiter > cr ? delimiter : cr;
    let count = this.fieldCount;
    let start = from;
    for (let at = from; at < limit; at += 1) {
      const byte = bytes[at] ?? 0;
      if (byte > highest || (byte !== delimiter && byte !== lf && byte !== cr)) continue;
      if (count === starts.length) {
        this.growFields();
        ({ starts, ends, styles } = this);
      }
      starts[count] = start;
      ends[count] = at;
      styles[count] = fieldStyle.plain;
      count += 1;
      start = at + 1;
      if (byte !== delimiter || bytes[start] === quote) {
        this.fieldCount = count;
        return at;
      }
    }
    this.fieldCount = count;
    if (!this.#final) return incomplete;
    this.addField(start, limit, fieldStyle.plain);
    return limit;
  }

  #quotedField(open: number): number {
    const { bytes } = this;
    const limit = bytes.length;
    let style: number = fieldStyle.quoted;
    for (let at = open + 1; at < limit; at += 1) {
      const byte = bytes[at] ?? 0;
      // Most bytes of a text are above all that matters here.
      if (byte > quote) continue;
      if (byte === quote) {
        if (bytes[at + 1] !== quote) return this.#closeQuotedField(open, at, style);
        style = fieldStyle.doubled;
        at += 1;
      } else if (byte === lf || (byte === cr && bytes[at + 1] !== lf)) {
        this.#breaks += 1;
        if (this.#breaks >= recordLimits.lines) return unbalanced;
      }
    }
    return this.#final ? unbalanced : incomplete;
  }

  #closeQuotedField(open: number, close: number, style: number): number {
    const after = this.bytes[close + 1];
    if (after === undefined && !this.#final) return incomplete;
    if (after !== undefined && after !== this.delimiter && after !== lf && after !== cr) return unbalanced;
    this.addField(open + 1, close, style);
    return close + 1;
  }

  #giveUpLine(from: number): boolean {
    const { bytes } = this;
    const limit = Math.min(bytes.length, from + recordLimits.bytes + 1);
    let at = from;
    while (at < limit && bytes[at] !== lf && bytes[at] !== cr) at += 1;
    this.fieldCount = 0;
    this.#breaks = 0;
    if (at - from > recordLimits.bytes) return this.#close(at, 'too_long');
    if (at === bytes.length && !this.#final) return false;
    return this.#close(at, 'unbalanced_quote');
  }

  /** `at`: the line break that ends the record, or the end of the input. */
  #close(at: number, flaw: Flaw | null): boolean {
    const { bytes } = this;
    if (bytes[at] === cr && at + 1 === bytes.length && !this.#final) return false;
    this.start = this.#position;
    this.contentEnd = at;
    this.end = Math.min(bytes.length, at + (bytes[at] === cr && bytes[at + 1] === lf ? 2 : 1));
    this.line = this.#nextLine;
    this.lines = this.#breaks + 1;
    this.flaw = flaw;
    this.#position = this.end;
    this.#nextLine += this.lines;
    return true;
  }
}
