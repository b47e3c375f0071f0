import { murmur3 } from './murmur3.ts';

const lanes = 3;
const fill = 0.75;

/**
 * Keys that were seen, each as 95 bits of hash and the line that it stood on: 22 bytes for each row that may come. The chance
 * that any two of a hundred million different keys are taken for one is below 1e-12.
 */
export class KeySet {
  /** Three words a slot, all zero in a free one. */
  readonly #slots: Int32Array;
  readonly #lines: Uint32Array;
  readonly #count: number;
  readonly #hash = new Int32Array(4);

  readonly #keepsLast: boolean;

  /** `keys`: the most that will be added. `keepsLast`: a key's line is the last one that it stood on, not the first. */
  constructor(keys: number, keepsLast: boolean) {
    this.#keepsLast = keepsLast;
    this.#count = Math.ceil(keys / fill) + 1;
    this.#slots = new Int32Array(this.#count * lanes);
    this.#lines = new Uint32Array(this.#count);
  }

  /** Adds the key, the bytes from `start` up to `end`. Returns the line that it had before, 0: it is new. */
  put(bytes: DataView, start: number, end: number, line: number): number {
    const hash = this.#hash;
    const slots = this.#slots;
    murmur3(bytes, start, end, hash);
    const [first = 0, second = 0] = hash;
    const third = (hash[2] ?? 0) | 1;
    // The first word, taken for a fraction of the table: a table of any size, without a division.
    let slot = Math.floor(((first >>> 0) / 0x1_0000_0000) * this.#count);
    for (let at = slot * lanes; slots[at + 2] !== 0; at = slot * lanes) {
      if (slots[at] === first && slots[at + 1] === second && slots[at + 2] === third) {
        const before = this.#lines[slot] ?? 0;
        if (this.#keepsLast) this.#lines[slot] = line;
        return before;
      }
      slot = slot + 1 === this.#count ? 0 : slot + 1;
    }
    slots[slot * lanes] = first;
    slots[slot * lanes + 1] = second;
    slots[slot * lanes + 2] = third;
    this.#lines[slot] = line;
    return 0;
  }
}
