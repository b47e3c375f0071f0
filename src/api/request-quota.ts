const windowMs = 60_000;

export interface QuotaState {
  readonly isExceeded: boolean;
  readonly left: number;
  readonly secondsToReset: number;
}

/** Counts the requests of each caller, minute by minute. In this process alone: several APIs let through as many times more. */
export class RequestQuota {
  readonly perMinute: number;
  #windowStart = 0;
  readonly #counts = new Map<string, number>();

  constructor(perMinute: number) {
    this.perMinute = perMinute;
  }

  count(caller: string, now = Date.now()): QuotaState {
    if (now - this.#windowStart >= windowMs) {
      this.#windowStart = now;
      this.#counts.clear();
    }
    const count = (this.#counts.get(caller) ?? 0) + 1;
    this.#counts.set(caller, count);
    return {
      isExceeded: count > this.perMinute,
      left: Math.max(0, this.perMinute - count),
      secondsToReset: Math.ceil((this.#windowStart + windowMs - now) / 1000),
    };
  }
}
