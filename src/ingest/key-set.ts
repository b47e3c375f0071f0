import { murmur3 } from './murmur3.ts';

const lanes = 4;

/**
 * Keys that were seen, each as 127 bits of hash: 32 to 64 bytes a key, where a Set of strings takes more and ends at 16 million. The chance
 * that any two of a hundred million different keys are taken for one is below 1e-22.
 */
export class KeySet {
  /** Four words a slot; the last word is odd in a slot that is taken. */
  #slots = new Int32Array(1_024 * lanes);
  #size = 0;
  readonly #hash = new Int32Array(lanes);

  /** False: the key, `bytes[0, length)`, was there already. */
  add(bytes: Uint8Array, length: number): boolean {
    const hash = this.#hash;
    murmur3(bytes, length, hash);
    hash[3] = (hash[3] ?? 0) | 1;
    if (!put(this.#slots, hash, 0)) return false;
    this.#size += 1;
    if (this.#size * lanes * 2 > this.#slots.length) this.#grow();
    return true;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Int32Array(old.length * 2);
    for (let from = 0; from < old.length; from += lanes) {
      if (old[from + 3] !== 0) put(this.#slots, old, from);
    }
  }
}

/** Puts the four words at `from` into the first free slot from their place on; false: they are there. */
function put(slots: Int32Array, words: Int32Array, from: number): boolean {
  const mask = slots.length - 1;
  let slot = ((words[from] ?? 0) * lanes) & mask;
  while (slots[slot + 3] !== 0) {
    if (isEqual(slots, slot, words, from)) return false;
    slot = (slot + lanes) & mask;
  }
  for (let lane = 0; lane < lanes; lane += 1) slots[slot + lane] = words[from + lane] ?? 0;
  return true;
}

function isEqual(slots: Int32Array, slot: number, words: Int32Array, from: number): boolean {
  for (let lane = 0; lane < lanes; lane += 1) {
    if (slots[slot + lane] !== words[from + lane]) return false;
  }
  return true;
}
