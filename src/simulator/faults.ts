/**
 * What goes wrong with requests on purpose. At most one of `status`, `drop`, `truncate` and `stall` says how the answer
 * fails; the rest may be put together.
 */
export interface Fault {
  /** Over method and address as sent, e.g. `GET /v1.0/drives/b!...`, of all that is asked but the control plane. */
  readonly match: RegExp;
  /** How many requests; default 1. Infinity: all, until it is taken back. */
  readonly times?: number | undefined;
  /** So many matching requests go well before; default 0. */
  readonly skip?: number | undefined;
  /** Before anything is answered. */
  readonly latencyMs?: number | undefined;

  readonly status?: number | undefined;
  readonly retryAfterSeconds?: number | undefined;
  /** Retry-After is a date, so many seconds from now. */
  readonly retryAfterAsDate?: boolean | undefined;
  /** 410 does not say where to begin anew. */
  readonly withoutLocation?: true | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** In place of Graph's error body: text goes out as HTML, an object as JSON. */
  readonly body?: string | object | undefined;
  /** The connection is cut before an answer. */
  readonly drop?: true | undefined;
  /** So many bytes of the answer are sent, under the headers of the whole; then the connection is cut. */
  readonly truncate?: number | undefined;
  /** As `truncate`, but the connection stays open, and nothing more comes. */
  readonly stall?: number | undefined;

  /** The name of the one file that `wrongSize`, `withoutHash` and `malware` are about; default: every file. */
  readonly file?: string | undefined;
  /** Added to the sizes that items show; their contents stay as they are. */
  readonly wrongSize?: number | undefined;
  readonly withoutHash?: true | undefined;
  /** Items show the facet; the content host answers 403. */
  readonly malware?: true | undefined;
  /** Download addresses that the answer gives have expired. */
  readonly expiredLinks?: true | undefined;
  /** A page without items, and a link to the real one. */
  readonly emptyPage?: true | undefined;
  /** The page begins with an earlier state of one of its files, when that was still empty. */
  readonly duplicateItem?: true | undefined;
  /** The content host sends the whole file, whatever part was asked for. */
  readonly ignoreRange?: true | undefined;
  /** Delta of a folder other than the root is answered with 501. */
  readonly rootDeltaOnly?: true | undefined;
}

export interface WaitingFault {
  readonly id: number;
  readonly fault: Fault;
  /** Requests that are still to come. */
  readonly left: number;
  /** Requests that it has met with. */
  readonly taken: number;
}

/** Faults that wait for their requests, the oldest first. */
export class Faults {
  readonly #waiting: { id: number; fault: Fault; skip: number; left: number; taken: number }[] = [];
  #lastId = 0;

  /** Gives back the id to remove it by. */
  failNext(fault: Fault): number {
    this.#lastId += 1;
    const [skip, left] = [fault.skip ?? 0, fault.times ?? 1];
    this.#waiting.push({ id: this.#lastId, fault, skip, left, taken: 0 });
    return this.#lastId;
  }

  get waiting(): readonly WaitingFault[] {
    return this.#waiting.map(({ id, fault, left, taken }) => ({ id, fault, left, taken }));
  }

  clear(): void {
    this.#waiting.length = 0;
  }

  /** Whether it was still waiting. */
  remove(id: number): boolean {
    const index = this.#waiting.findIndex((entry) => entry.id === id);
    if (index >= 0) this.#waiting.splice(index, 1);
    return index >= 0;
  }

  /** The fault of this request, which then counts as done. */
  take(method: string, url: string): Fault | undefined {
    for (const [index, entry] of this.#waiting.entries()) {
      if (`${method} ${url}`.search(entry.fault.match) < 0) continue;
      if (entry.skip > 0) {
        entry.skip -= 1;
        continue;
      }
      entry.left -= 1;
      entry.taken += 1;
      if (entry.left <= 0) this.#waiting.splice(index, 1);
      return entry.fault;
    }
    return undefined;
  }
}
