/**
 * Lets any number of files be ingested side by side, and a file that is suspected of taking workers down alone, so that
 * the others are not there when it does so again. A suspect that waits goes before files that come later.
 */
export class IngestGate {
  #inside = 0;
  #suspectInside = false;
  readonly #suspects: (() => void)[] = [];
  readonly #others: (() => void)[] = [];

  /** Throws the signal's reason when it is aborted while waiting. */
  async beside<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    if (this.#suspectInside || this.#suspects.length > 0) await this.#wait(this.#others, signal);
    else this.#inside++;
    try {
      return await work();
    } finally {
      this.#inside--;
      this.#letIn();
    }
  }

  /** Throws the signal's reason when it is aborted while waiting. */
  async alone<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    if (this.#suspectInside || this.#inside > 0) await this.#wait(this.#suspects, signal);
    else this.#suspectInside = true;
    try {
      return await work();
    } finally {
      this.#suspectInside = false;
      this.#letIn();
    }
  }

  /** Whoever lets somebody in has counted him as inside. */
  #letIn(): void {
    if (this.#suspectInside) return;
    const suspect = this.#inside === 0 ? this.#suspects.shift() : undefined;
    if (suspect !== undefined) {
      this.#suspectInside = true;
      suspect();
    } else if (this.#suspects.length === 0) {
      for (const other of this.#others.splice(0)) {
        this.#inside++;
        other();
      }
    }
  }

  async #wait(queue: (() => void)[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const enter = (): void => {
      resolve(undefined);
    };
    const leave = (): void => {
      const place = queue.indexOf(enter);
      if (place < 0) return;
      queue.splice(place, 1);
      reject(signal.reason as Error);
      this.#letIn();
    };
    queue.push(enter);
    signal.addEventListener('abort', leave, { once: true });
    try {
      await promise;
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }
}
