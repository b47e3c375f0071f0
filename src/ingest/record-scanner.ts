const quote = 0x22;
const cr = 0x0d;
const lf = 0x0a;

/** A record beyond these is taken for an unbalanced quote. Bytes are counted in UTF-8, without the closing line break. */
export const recordLimits = { bytes: 1_048_576, lines: 1_000 } as const;

/** How a field is written: as it is; in quotes; in quotes and with doubled quotes inside. */
export const fieldStyle = { plain: 0, quoted: 1, doubled: 2 } as const;

/** `too_long`: not even one line break within the limit. */
export type Flaw = 'unbalanced_quote' | 'too_long';

const incomplete = -1;
const unbalanced = -2;

/**
 * RFC 4180 over UTF-8 bytes as they come, without a copy of any field. Lenient in two ways that no reader disagrees on: a quote
 * inside an unquoted field is an ordinary character, and CRLF, LF and CR all end a record.
 *
 * When quotes do not add up, only the record's first physical line is given up (`flaw`), and scanning resumes on the
 * next line: an unbalanced quote must not swallow the rows that follow it. The records tile the input whatever it holds.
 */
export class RecordScanner {
  readonly delimiter: number;
  /** Holds the current record; field i is `bytes[starts[i]]` up to, not including, `bytes[ends[i]]`, without its quotes. */
  bytes: Buffer = Buffer.alloc(0);
  starts = new Int32Array(64);
  ends = new Int32Array(64);
  styles = new Uint8Array(64);
  fieldCount = 0;
  /** The record in `bytes`: its content, and where the next one begins. */
  start = 0;
  contentEnd = 0;
  end = 0;
  /** Physical line of the record's first byte, from 1. */
  line = 1;
  flaw: Flaw | null = null;

  #position = 0;
  #nextLine = 1;
  #breaks = 0;
  #final = false;

  constructor(delimiter: number) {
    this.delimiter = delimiter;
  }

  /** Call when `next()` has said false. `chunk` must stay unchanged until the next push. */
  push(chunk: Buffer): void {
    const rest = this.bytes.subarray(this.#position);
    this.bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    this.#position = 0;
  }

  /** No more bytes will come: what is left is the last record. */
  finish(): void {
    this.#final = true;
  }

  /** Moves to the next record; false: more bytes are needed, or all are done. */
  next(): boolean {
    const from = this.#position;
    if (from === this.bytes.length) return false;
    this.fieldCount = 0;
    this.#breaks = 0;
    let at = from;
    for (;;) {
      at = this.bytes[at] === quote ? this.#quotedField(at) : this.#plainField(at);
      if (at < 0 || this.bytes[at] !== this.delimiter) break;
      at += 1;
    }
    if (at === incomplete) {
      return this.bytes.length - from - 1 > recordLimits.bytes && this.#giveUpLine(from);
    }
    if (at === unbalanced || at - from > recordLimits.bytes) return this.#giveUpLine(from);
    return this.#close(at, null);
  }

  fieldText(index: number): string {
    const text = this.bytes.toString('utf8', this.starts[index], this.ends[index]);
    return this.styles[index] === fieldStyle.doubled ? text.replaceAll('""', '"') : text;
  }

  fieldTexts(): string[] {
    return Array.from({ length: this.fieldCount }, (_, index) => this.fieldText(index));
  }

  /** Nothing but delimiters, such as the rows that spreadsheets leave at the end. */
  isBlank(): boolean {
    if (this.flaw !== null) return false;
    for (let i = 0; i < this.fieldCount; i += 1) {
      if (this.starts[i] !== this.ends[i] || this.styles[i] !== fieldStyle.plain) return false;
    }
    return true;
  }

  #plainField(from: number): number {
    const { bytes, delimiter } = this;
    const limit = bytes.length;
    let at = from;
    while (at < limit) {
      const byte = bytes[at];
      if (byte === delimiter || byte === lf || byte === cr) break;
      at += 1;
    }
    if (at === limit && !this.#final) return incomplete;
    this.#addField(from, at, fieldStyle.plain);
    return at;
  }

  #quotedField(open: number): number {
    const { bytes } = this;
    const limit = bytes.length;
    let style: number = fieldStyle.quoted;
    for (let at = open + 1; at < limit; at += 1) {
      const byte = bytes[at];
      if (byte === quote) {
        const after = bytes[at + 1];
        if (after === quote) {
          style = fieldStyle.doubled;
          at += 1;
          continue;
        }
        if (after === undefined && !this.#final) return incomplete;
        if (after !== undefined && after !== this.delimiter && after !== lf && after !== cr)
          return unbalanced;
        this.#addField(open + 1, at, style);
        return at + 1;
      }
      if (byte === lf || (byte === cr && bytes[at + 1] !== lf)) {
        this.#breaks += 1;
        if (this.#breaks >= recordLimits.lines) return unbalanced;
      }
    }
    return this.#final ? unbalanced : incomplete;
  }

  #addField(start: number, end: number, style: number): void {
    const index = this.fieldCount;
    if (index === this.starts.length) this.#grow();
    this.starts[index] = start;
    this.ends[index] = end;
    this.styles[index] = style;
    this.fieldCount = index + 1;
  }

  #grow(): void {
    const { starts, ends, styles } = this;
    const size = starts.length * 2;
    this.starts = new Int32Array(size);
    this.starts.set(starts);
    this.ends = new Int32Array(size);
    this.ends.set(ends);
    this.styles = new Uint8Array(size);
    this.styles.set(styles);
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
    this.flaw = flaw;
    this.#position = this.end;
    this.#nextLine += this.#breaks + 1;
    return true;
  }
}
