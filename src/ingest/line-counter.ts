const lf = 0x0a;
const cr = 0x0d;

/**
 * Counts the physical lines of a file in its raw bytes. It knows nothing of records, quotes or decoding: what the scanner says is
 * held against it.
 */
export class LineCounter {
  readonly #bytesPerUnit: 1 | 2;
  /** Of a two-byte unit, the byte that holds a line break; the other one is zero. */
  readonly #low: 0 | 1;
  #breaks = 0;
  #last = -1;
  /** The first byte of a unit whose second is in the next chunk. */
  #half = -1;

  constructor(encoding: 'bytes' | 'utf-16le' | 'utf-16be') {
    this.#bytesPerUnit = encoding === 'bytes' ? 1 : 2;
    this.#low = encoding === 'utf-16be' ? 1 : 0;
  }

  /** Lines so far, the one that is not ended included. CRLF, LF and CR end a line. */
  get lines(): number {
    return this.#breaks + (this.#last === -1 || this.#last === lf || this.#last === cr ? 0 : 1);
  }

  push(chunk: Buffer): void {
    if (this.#bytesPerUnit === 1) this.#pushBytes(chunk);
    else this.#pushUnits(chunk);
  }

  #pushBytes(chunk: Buffer): void {
    if (chunk.length === 0) return;
    if (this.#last === cr && chunk[0] === lf) this.#breaks -= 1;
    for (let at = chunk.indexOf(lf); at >= 0; at = chunk.indexOf(lf, at + 1)) this.#breaks += 1;
    for (let at = chunk.indexOf(cr); at >= 0; at = chunk.indexOf(cr, at + 1)) {
      if (chunk[at + 1] !== lf) this.#breaks += 1;
    }
    this.#last = chunk[chunk.length - 1] ?? -1;
  }

  #pushUnits(chunk: Buffer): void {
    for (const byte of chunk) {
      if (this.#half === -1) this.#half = byte;
      else this.#pushUnit(this.#half, byte);
    }
  }

  #pushUnit(first: number, second: number): void {
    const [low, high] = this.#low === 0 ? [first, second] : [second, first];
    const unit = high === 0 ? low : 0x100;
    if (unit === cr || (unit === lf && this.#last !== cr)) this.#breaks += 1;
    this.#last = unit;
    this.#half = -1;
  }
}
