export interface Reading<T> {
  readonly value: T;
  /** How old it was when it was asked for; 0: it was read afterwards. */
  readonly ageMs: number;
}

interface Begun<T> {
  readonly at: number;
  readonly value: Promise<T>;
}

/**
 * Reads once for all who ask at the same time. Nobody gets what a read has found that began before the question, unless
 * the question allows it an age: whoever asks while a read is under way waits for the next one, together with all others.
 */
export class SharedRead<T> {
  readonly #read: () => Promise<T>;
  #latest: Begun<T> | null = null;
  /** Not begun yet. */
  #next: Promise<T> | null = null;

  constructor(read: () => Promise<T>) {
    this.#read = read;
  }

  async get(maxAgeMs: number): Promise<Reading<T>> {
    const latest = this.#latest;
    const ageMs = latest === null ? Infinity : performance.now() - latest.at;
    if (latest === null || ageMs >= maxAgeMs) return { value: await this.#readNext(), ageMs: 0 };
    // Who asks over and over does not have to wait when it has become too old.
    if (ageMs > maxAgeMs / 2) this.#readNext().catch(() => undefined);
    return { value: await latest.value, ageMs };
  }

  #readNext(): Promise<T> {
    this.#next ??= this.#afterLatest();
    return this.#next;
  }

  async #afterLatest(): Promise<T> {
    await this.#latest?.value.catch(() => undefined);
    this.#next = null;
    const begun = { at: performance.now(), value: this.#read() };
    this.#latest = begun;
    begun.value.catch(() => {
      if (this.#latest === begun) this.#latest = null;
    });
    return begun.value;
  }
}
