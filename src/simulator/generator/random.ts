import { createHash } from 'node:crypto';

/** Pseudo-random choices that are the same for the same `source`. */
export class Random {
  #state: number;

  constructor(source: string) {
    this.#state = createHash('sha256').update(source).digest().readUInt32LE(0);
  }

  /** From 0 up to 1, which is left out. The algorithm is mulberry32. */
  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }

  /** Both ends are included. */
  integer(from: number, to: number): number {
    return from + Math.floor(this.fraction() * (to - from + 1));
  }

  /** True once in so many times. */
  once(times: number): boolean {
    return this.fraction() * times < 1;
  }

  pick<Item>(items: readonly [Item, ...Item[]]): Item {
    return items[Math.floor(this.fraction() * items.length)] ?? items[0];
  }
}
