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

const limit = 20_000;

/** The latest requests, in the order of their arrival. */
export class RequestLog {
  readonly #entries: { -readonly [Key in keyof RecordedRequest]: RecordedRequest[Key] }[] = [];

  get entries(): readonly RecordedRequest[] {
    return this.#entries;
  }

  /** Gives back how to note the answer. */
  add(request: Omit<RecordedRequest, 'status'>): (status: number) => void {
    const entry = { ...request, status: 0 };
    this.#entries.push(entry);
    if (this.#entries.length > limit) this.#entries.shift();
    return (status) => {
      entry.status = status;
    };
  }
}
