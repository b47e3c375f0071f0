const bufferBytes = 131_072;

const nul = 0x00;
const backslash = 0x5c;

/** The letter that follows a backslash for each byte that COPY's text format cannot hold as it is; 0: none needed. */
const escapes = new Uint8Array(256);
escapes[0x08] = 0x62;
escapes[0x09] = 0x74;
escapes[0x0a] = 0x6e;
escapes[0x0b] = 0x76;
escapes[0x0c] = 0x66;
escapes[0x0d] = 0x72;
escapes[backslash] = backslash;

/** Rows of COPY text, gathered into chunks. Writing is unchecked: `reserve` the most that a row can take first. */
export class CopyBuffer {
  bytes: Buffer = Buffer.allocUnsafe(bufferBytes);
  length = 0;
  #full: Buffer[] = [];

  /** Room for `bytes` more, in one piece. What is written already may be handed out and no longer be reachable here. */
  reserve(bytes: number): void {
    if (this.length + bytes <= this.bytes.length) return;
    if (this.length > 0) this.#full.push(this.bytes.subarray(0, this.length));
    this.bytes = Buffer.allocUnsafe(Math.max(bufferBytes, bytes));
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
    if (this.length > 0) rest.push(this.bytes.subarray(0, this.length));
    this.bytes = Buffer.alloc(0);
    this.length = 0;
    return rest;
  }

  byte(value: number): void {
    this.bytes[this.length] = value;
    this.length += 1;
  }

  null(): void {
    this.byte(backslash);
    this.byte(0x4e);
  }

  /** Bytes that are known to need no escape. */
  raw(source: Uint8Array, start: number, end: number): void {
    for (let at = start; at < end; at += 1) this.byte(source[at] ?? 0);
  }

  /** False: the text holds a NUL, and is written only up to it. */
  text(source: Uint8Array, start: number, end: number): boolean {
    const { bytes } = this;
    let to = this.length;
    for (let at = start; at < end; at += 1) {
      const byte = source[at] ?? nul;
      if (byte === nul) return false;
      const escape = escapes[byte] ?? 0;
      if (escape !== 0) {
        bytes[to] = backslash;
        to += 1;
      }
      bytes[to] = escape === 0 ? byte : escape;
      to += 1;
    }
    this.length = to;
    return true;
  }

  /** A whole number from 0 on, with leading zeros up to `width` digits. */
  digits(value: number, width: number): void {
    let size = width;
    for (let limit = 10 ** width; value >= limit; limit *= 10) size += 1;
    let rest = value;
    for (let at = this.length + size - 1; at >= this.length; at -= 1) {
      this.bytes[at] = 0x30 + (rest % 10);
      rest = Math.floor(rest / 10);
    }
    this.length += size;
  }
}
