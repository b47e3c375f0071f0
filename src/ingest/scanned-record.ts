/** How a field is written: as it is; in quotes; in quotes and with doubled quotes inside. */
export const fieldStyle = { plain: 0, quoted: 1, doubled: 2 } as const;

/** `too_long`: not even one line break within the limit. */
export type Flaw = 'unbalanced_quote' | 'too_long';

/** A record as it lies in a scanner's bytes, until the scanner moves on. */
export class ScannedRecord {
  /** Field i is `bytes[starts[i]]` up to, not including, `bytes[ends[i]]`, without its quotes. */
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
  /** How many physical lines it is on. */
  lines = 0;
  flaw: Flaw | null = null;

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

  addField(start: number, end: number, style: number): void {
    const index = this.fieldCount;
    if (index === this.starts.length) this.growFields();
    this.starts[index] = start;
    this.ends[index] = end;
    this.styles[index] = style;
    this.fieldCount = index + 1;
  }

  growFields(): void {
    const { starts, ends, styles } = this;
    const size = starts.length * 2;
    this.starts = new Int32Array(size);
    this.starts.set(starts);
    this.ends = new Int32Array(size);
    this.ends.set(ends);
    this.styles = new Uint8Array(size);
    this.styles.set(styles);
  }
}
