const widthBits = 160;
const widthBytes = widthBits / 8;
const shiftBits = 11;

/**
 * Microsoft's QuickXorHash, the only hash that SharePoint keeps of a file. Byte i is rotated by 11*i mod 160 bits and
 * XORed into 160 bits; at the end the length is XORed into the last 64. Not cryptographic.
 */
export class QuickXorHash {
  /** The rotation repeats every 160 bytes, so bytes 160 apart are XORed here first and rotated once at the end. */
  readonly #columns = new Uint8Array(widthBits);
  #column = 0;
  #length = 0;

  update(bytes: Uint8Array): this {
    const columns = this.#columns;
    let column = this.#column;
    let index = 0;
    while (index < bytes.length) {
      const end = Math.min(bytes.length, index + widthBits - column);
      for (; index < end; index++, column++) columns[column] = (columns[column] ?? 0) ^ (bytes[index] ?? 0);
      if (column === widthBits) column = 0;
    }
    this.#column = column;
    this.#length += bytes.length;
    return this;
  }

  /** Base64 of 20 bytes, as in `file.hashes.quickXorHash`. */
  digest(): string {
    const hash = Buffer.alloc(widthBytes);
    for (const [column, value] of this.#columns.entries()) {
      const bit = (column * shiftBits) % widthBits;
      const shifted = value << (bit % 8);
      xorInto(hash, Math.floor(bit / 8), shifted & 0xff);
      xorInto(hash, (Math.floor(bit / 8) + 1) % widthBytes, shifted >> 8);
    }
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(this.#length));
    for (const [index, value] of length.entries()) xorInto(hash, widthBytes - length.length + index, value);
    return hash.toString('base64');
  }
}

function xorInto(target: Buffer, index: number, value: number): void {
  target[index] = (target[index] ?? 0) ^ value;
}
