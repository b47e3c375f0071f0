/** How full this minute's budget of resource units is. */
export interface Charge {
  readonly limit: number;
  readonly used: number;
  /** Until the minute ends. */
  readonly resetSeconds: number;
  /** Null: the request may go on. */
  readonly retryAfterSeconds: number | null;
}

const minuteMs = 60_000;

/**
 * SharePoint's limit of resource units a minute for one application. What is refused is charged too, and what is over
 * the limit burdens the minutes that follow: who goes on asking stays throttled.
 */
export class Throttle {
  readonly #now: () => Date;
  /** Units a minute; null: there is no limit. */
  limit: number | null = null;
  /** Of requests whose User-Agent does not say whose they are, as Microsoft asks; null: the same. */
  undecoratedLimit: number | null = null;
  #minute = 0;
  #used = 0;

  constructor(now: () => Date) {
    this.#now = now;
  }

  /** Units of this minute, and of earlier ones beyond the limit. */
  get used(): number {
    this.#turn();
    return this.#used;
  }

  reset(): void {
    this.#used = 0;
  }

  /** Null: nothing is limited. */
  charge(units: number, userAgent: string): Charge | null {
    if (this.limit === null || units === 0) return null;
    const undecorated = this.undecoratedLimit !== null && !/^(NON)?ISV\|[^|]+\|[^|]+\/[\d.]+/.test(userAgent);
    const limit = undecorated ? (this.undecoratedLimit ?? this.limit) : this.limit;
    this.#turn();
    this.#used += units;
    const resetSeconds = Math.ceil(((this.#minute + 1) * minuteMs - this.#now().getTime()) / 1000);
    const minutesToWait = Math.max(1, Math.floor(this.#used / this.limit));
    const retryAfterSeconds = this.#used > limit ? resetSeconds + (minutesToWait - 1) * 60 : null;
    return { limit, used: this.#used, resetSeconds, retryAfterSeconds };
  }

  #turn(): void {
    const minute = Math.floor(this.#now().getTime() / minuteMs);
    const passed = Math.max(0, minute - this.#minute);
    if (passed > 0) this.#used = Math.max(0, this.#used - passed * (this.limit ?? Infinity));
    this.#minute = minute;
  }
}
