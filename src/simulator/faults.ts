/** What goes wrong with requests on purpose. Exactly one of `status`, `drop`, `truncate` and `stall` says how. */
export interface Fault {
  /** Over method and address as sent, e.g. `GET /v1.0/drives/b!...`, of all that is asked but the control plane. */
  readonly match: RegExp;
  /** How many requests; default 1. */
  readonly times?: number;
  readonly status?: number;
  readonly retryAfterSeconds?: number;
  /** In place of Graph's error body: text goes out as HTML, an object as JSON. */
  readonly body?: string | object;
  /** The connection is cut before an answer. */
  readonly drop?: true;
  /** So many bytes of the answer are sent, under the headers of the whole; then the connection is cut. */
  readonly truncate?: number;
  /** As `truncate`, but the connection stays open, and nothing more comes. */
  readonly stall?: number;
}

/** Faults that wait for their requests, the oldest first. */
export class Faults {
  readonly #waiting: { readonly fault: Fault; left: number }[] = [];

  failNext(fault: Fault): void {
    this.#waiting.push({ fault, left: fault.times ?? 1 });
  }

  clear(): void {
    this.#waiting.length = 0;
  }

  /** The fault of this request, which then counts as done. */
  take(method: string, url: string): Fault | undefined {
    const index = this.#waiting.findIndex(({ fault }) => `${method} ${url}`.search(fault.match) >= 0);
    const entry = this.#waiting[index];
    if (entry === undefined) return undefined;
    entry.left -= 1;
    if (entry.left <= 0) this.#waiting.splice(index, 1);
    return entry.fault;
  }
}
