const bufferBytes = 131_072;

/** In place of a field's length. */
const nullMark = -1;

const word = 0x1_0000_0000;

/** Rows of binary COPY (postgresql.org/docs/current/sql-copy.html), gathered into chunks that hold whole rows. Writing is unchecked: `reserve` the most that a row can take first. */
export class CopyBuffer {
  bytes: Buffer = Buffer.allocUnsafeSlow(bufferBytes);
  /** Of the same bytes. */
  view = viewOf(this.bytes);
  length = 0;
  #full: Buffer[] = [];

  /** Room for `bytes` more, in one piece. What is written already may be handed out and no longer be reachable here. */
  reserve(bytes: number): void {
    if (this.length + bytes <= this.bytes.length) return;
    if (this.length > 0) this.#full.push(this.bytes.subarray(0, this.length));
    this.bytes = Buffer.allocUnsafeSlow(Math.max(bufferBytes, bytes));
    this.view = viewOf(this.bytes);
    this.length = 0;
  }

  /** The chunks that are full. They are the caller's to keep. */
  takeFull(): Buffer[] {
    const full = this.#full;
    this.#full = [];
    return full;
  }

  /** Everything that is left. */
  takeRest(): Buffer[] {
    const rest = this.takeFull();
    rest.push(this.bytes.subarray(0, this.length));
    this.bytes = Buffer.alloc(0);
    this.length = 0;
    return rest;
  }

  byte(value: number): void {
    this.bytes[this.length] = value;
    this.length += 1;
  }

  int16(value: number): void {
    this.view.setInt16(this.length, value);
    this.length += 2;
  }

  int32(value: number): void {
    this.view.setInt32(this.length, value);
    this.length += 4;
  }

  /** `value` is whole, and exact as a double. */
  int64(value: number): void {
    const high = Math.floor(value / word);
    this.int32(high);
    this.int32(value - high * word);
  }

  null(): void {
    this.int32(nullMark);
  }

  /** Bytes as they are, without their length. */
  raw(source: Uint8Array, start: number, end: number): void {
    const { bytes } = this;
    let to = this.length;
    for (let at = start; at < end; at += 1) {
      bytes[to] = source[at] ?? 0;
      to += 1;
    }
    this.length = to;
  }

  /** A field of text. False: it holds a NUL, and nothing of use was written. */
  text(source: Uint8Array, start: number, end: number): boolean {
    this.int32(end - start);
    const { bytes } = this;
    let to = this.length;
    for (let at = start; at < end; at += 1) {
      const byte = source[at] ?? 0;
      if (byte === 0) return false;
      bytes[to] = byte;
      to += 1;
    }
    this.length = to;
    return true;
  }
}

export function viewOf({ buffer, byteOffset, byteLength }: Buffer): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
