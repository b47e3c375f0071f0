import { murmur3 } from './murmur3.ts';

const lanes = 3;
const fill = 0.75;

/**
 * Keys that were seen, each as 95 bits of hash: 16 bytes for each row that may come, where a Set of strings takes more and ends at 16
 * million. The chance that any two of a hundred million different keys are taken for one is below 1e-12.
 */
export class KeySet {
  /** Three words a slot, all zero in a free one. */
  readonly #slots: Int32Array;
  readonly #count: number;
  readonly #hash = new Int32Array(4);

  /** `keys`: the most that will be added. */
  constructor(keys: number) {
    this.#count = Math.ceil(keys / fill) + 1;
    this.#slots = new Int32Array(this.#count * lanes);
  }

  /** False: the key, `bytes[start, end)`, was there already. */
  add(bytes: Uint8Array, start: number, end: number): boolean {
    const hash = this.#hash;
    const slots = this.#slots;
    murmur3(bytes, start, end, hash);
    const [first = 0, second = 0] = hash;
    const third = (hash[2] ?? 0) | 1;
    // The first word, taken for a fraction of the table: a table of any size, without a division.
    let at = Math.floor(((first >>> 0) / 0x1_0000_0000) * this.#count) * lanes;
    while (slots[at + 2] !== 0) {
      if (slots[at] === first && slots[at + 1] === second && slots[at + 2] === third) return false;
      at = at + lanes === slots.length ? 0 : at + lanes;
    }
    slots[at] = first;
    slots[at + 1] = second;
    slots[at + 2] = third;
    return true;
  }
}
