import { type RequestKind, requestKind, requestKinds, resourceUnits } from './request-kind.ts';

export interface RecordedRequest {
  readonly method: string;
  /** Path and query as sent. */
  readonly url: string;
  /** Whether it carried an Authorization header. */
  readonly authorized: boolean;
  readonly userAgent: string;
  /** 0 while there is no answer, and for good when the connection was cut before one. */
  readonly status: number;
}

export interface RequestCounts {
  /** Of each kind, however it was answered. */
  readonly kinds: Readonly<Record<RequestKind, number>>;
  /** Resource units of all Graph calls. */
  readonly units: number;
  /** Answers of 429. */
  readonly throttled: number;
}

const limit = 20_000;

/** The latest requests, in the order of their arrival, and how many there were of each kind. */
export class RequestLog {
  readonly #entries: { -readonly [Key in keyof RecordedRequest]: RecordedRequest[Key] }[] = [];
  #kinds = noRequests();
  #units = 0;
  #throttled = 0;

  get entries(): readonly RecordedRequest[] {
    return this.#entries;
  }

  get counts(): RequestCounts {
    return { kinds: { ...this.#kinds }, units: this.#units, throttled: this.#throttled };
  }

  /** The counts alone; the entries stay. */
  resetCounts(): void {
    this.#kinds = noRequests();
    this.#units = 0;
    this.#throttled = 0;
  }

  /** Gives back how to note the answer. */
  add(request: Omit<RecordedRequest, 'status'>): (status: number) => void {
    const entry = { ...request, status: 0 };
    this.#entries.push(entry);
    if (this.#entries.length > limit) this.#entries.shift();
    const kind = requestKind(request.method, request.url);
    if (kind !== null) this.#kinds[kind] += 1;
    this.#units += resourceUnits(request.method, request.url);
    return (status) => {
      entry.status = status;
      if (status === 429) this.#throttled += 1;
    };
  }
}

function noRequests(): Record<RequestKind, number> {
  return Object.fromEntries(requestKinds.map((kind) => [kind, 0])) as Record<RequestKind, number>;
}
