const widthBits = 160;
const widthBytes = widthBits / 8;
const shiftBits = 11;
const wordBytes = 4;

/**
 * Microsoft's QuickXorHash, the only hash that SharePoint keeps of a file. Byte i is rotated by 11*i mod 160 bits and
 * XORed into 160 bits; at the end the length is XORed into the last 64. Not cryptographic.
 */
export class QuickXorHash {
  /** The rotation repeats every 160 bytes, so bytes 160 apart are XORed here first and rotated once at the end. */
  readonly #columns = new Uint8Array(widthBits);
  readonly #words = new DataView(this.#columns.buffer);
  #column = 0;
  #length = 0;

  update(bytes: Uint8Array): this {
    const head = Math.min(bytes.length, (widthBits - this.#column) % widthBits);
    const tail = head + Math.floor((bytes.length - head) / widthBits) * widthBits;
    this.#addBytes(bytes.subarray(0, head));
    this.#addBlocks(bytes.subarray(head, tail));
    this.#addBytes(bytes.subarray(tail));
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

  #addBytes(bytes: Uint8Array): void {
    for (const byte of bytes) {
      xorInto(this.#columns, this.#column, byte);
      this.#column = (this.#column + 1) % widthBits;
    }
  }

  /** Four columns at once, down through all blocks: a GB/s, where byte after byte it would be a fifth of that. */
  #addBlocks(blocks: Uint8Array): void {
    const source = new DataView(blocks.buffer, blocks.byteOffset, blocks.byteLength);
    const end = source.byteLength;
    for (let column = 0; column < widthBits; column += wordBytes) {
      let word = this.#words.getInt32(column, true);
      for (let at = column; at < end; at += widthBits) word ^= source.getInt32(at, true);
      this.#words.setInt32(column, word, true);
    }
  }
}

function xorInto(target: Uint8Array, index: number, value: number): void {
  target[index] = (target[index] ?? 0) ^ value;
}
