import { setTimeout } from 'node:timers/promises';

import { Throttled } from './errors.ts';
import { retryAfterSeconds } from './refusal.ts';
import { unlessAborted } from './unless-aborted.ts';

/** What the callers of one application share, wherever they run; the gateway's owner knows where it is kept. */
export interface SharedTraffic {
  /** Takes so many resource units from the budget. While the gate is closed nothing is taken. */
  take(units: number): Promise<{
    /** 0: the gate is open. */
    readonly closedForMs: number;
    readonly startsInMs: number;
  }>;
  /** Nobody asks within so long from now; what was said earlier still holds. */
  close(seconds: number): Promise<void>;
  /** For so long a unit takes at least `secondsPerUnit`. */
  slowDown(secondsPerUnit: number, forSeconds: number): Promise<void>;
}

export interface Clock {
  /** Milliseconds that never go back. */
  now(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** An answer of Graph, of a content host or of the sign-in. */
type Answer = Pick<Response, 'status' | 'headers'>;

/** A longer pause is left to the caller, who can wait for it without holding anything. */
const longestWaitMs = 5000;

/** Microsoft's word for a pause without saying how long. */
const defaultPauseSeconds = 30;

/** Who comes first takes units for those after him: a question to Postgres for each ten requests, and little is lost by a process that ends. */
const smallestLease = 10;

/** How old what we know of the gate may be; also between two words to the others about the same. */
const knownForMs = 1000;

/** Those who have units left need not wait for a database that does not answer. */
const glanceMs = 500;

/**
 * Decides when a request may go out: not while Microsoft has asked the application for a pause, and not faster than the
 * budget of its resource units. Asks what is shared now and then, and hands out in the process what it was given.
 */
export class Traffic {
  readonly #shared: SharedTraffic | null;
  readonly #clock: Clock;
  /** By the clock of this process. */
  #opensAt = 0;
  #askedAt = -Infinity;
  #slowedAt = -Infinity;
  #units = 0;
  #wanted = 0;
  #asking: Promise<void> | undefined;
  readonly #closing = new AbortController();

  /** `shared` null: only this process is known, and only the pauses count. */
  constructor(shared: SharedTraffic | null, clock: Clock = processClock) {
    this.#shared = shared;
    this.#clock = clock;
  }

  /**
   * Waits until a request that costs so many units may go out.
   * @throws {Throttled} when the gate is closed for longer than a moment
   */
  async admit(units: number, signal: AbortSignal | undefined): Promise<void> {
    this.#wanted += units;
    try {
      for (;;) {
        signal?.throwIfAborted();
        if (await this.#isAdmitted(units, signal)) return;
      }
    } finally {
      this.#wanted -= units;
    }
  }

  /** Tells everybody what an answer says about those to come. */
  async heed({ status, headers }: Answer): Promise<void> {
    const asked = retryAfterSeconds({ headers });
    if (status === 429 || status === 509 || (status === 503 && asked !== null)) {
      await this.#close(asked ?? defaultPauseSeconds);
      return;
    }
    const [left, resetSeconds] = [
      numberOf(headers, 'ratelimit-remaining'),
      numberOf(headers, 'ratelimit-reset'),
    ];
    if (left === null || resetSeconds === null || resetSeconds <= 0) return;
    if (left <= 0) await this.#close(resetSeconds);
    else await this.#slowDown(resetSeconds / left, resetSeconds);
  }

  /** Ends the waits for units; those who wait then fail. */
  end(): void {
    this.#closing.abort();
  }

  async #isAdmitted(units: number, signal: AbortSignal | undefined): Promise<boolean> {
    const closedForMs = this.#opensAt - this.#clock.now();
    if (closedForMs > longestWaitMs) throw pausedFor(closedForMs);
    if (closedForMs > 0) {
      await this.#clock.sleep(closedForMs, signal);
      return false;
    }
    if (this.#shared === null) return true;
    if (this.#units < units) await unlessAborted(this.#ask(this.#shared), signal);
    else if (this.#clock.now() - this.#askedAt > knownForMs) await this.#glance(this.#shared);
    if (this.#units < units || this.#opensAt > this.#clock.now()) return false;
    this.#units -= units;
    return true;
  }

  /** Callers at the same time share a question. */
  #ask(shared: SharedTraffic): Promise<void> {
    this.#asking ??= this.#take(shared).finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #take(shared: SharedTraffic): Promise<void> {
    const lacking = this.#wanted - this.#units;
    const units = lacking > 0 ? Math.max(smallestLease, lacking) : 0;
    const { closedForMs, startsInMs } = await shared.take(units);
    this.#askedAt = this.#clock.now();
    if (closedForMs > 0) {
      this.#closeFor(closedForMs);
    } else if (units > 0) {
      await this.#clock.sleep(startsInMs, this.#closing.signal);
      this.#units += units;
    }
  }

  async #glance(shared: SharedTraffic): Promise<void> {
    const over = new AbortController();
    const asking = this.#ask(shared).catch(() => undefined);
    await Promise.race([asking, this.#clock.sleep(glanceMs, over.signal).catch(() => undefined)]);
    over.abort();
    this.#askedAt = this.#clock.now();
  }

  async #close(seconds: number): Promise<void> {
    if (seconds <= 0) return;
    this.#closeFor(seconds * 1000);
    await this.#tell((shared) => shared.close(seconds));
  }

  /** What is left of the units is given up: all begin anew when the gate opens, one after the other. */
  #closeFor(ms: number): void {
    this.#opensAt = Math.max(this.#opensAt, this.#clock.now() + ms);
    this.#units = 0;
  }

  async #slowDown(secondsPerUnit: number, forSeconds: number): Promise<void> {
    if (this.#clock.now() - this.#slowedAt < knownForMs) return;
    this.#slowedAt = this.#clock.now();
    await this.#tell((shared) => shared.slowDown(secondsPerUnit, forSeconds));
  }

  /** Those who cannot be told hear it from Microsoft themselves. */
  async #tell(message: (shared: SharedTraffic) => Promise<void>): Promise<void> {
    if (this.#shared === null) return;
    const over = new AbortController();
    const telling = message(this.#shared).catch(() => undefined);
    await Promise.race([telling, this.#clock.sleep(glanceMs, over.signal).catch(() => undefined)]);
    over.abort();
  }
}

/**
 * By Microsoft's list of what its requests cost. What a content host delivers was paid with the request that gave the address.
 * https://learn.microsoft.com/sharepoint/dev/general-development/how-to-avoid-getting-throttled-or-blocked-in-sharepoint-online
 */
export function resourceUnits(method: string, url: string): number {
  const { pathname, search } = new URL(url);
  if (pathname.endsWith('/permissions')) return 5;
  if (method !== 'GET') return 2;
  if (!pathname.startsWith('/v1.0/')) return 0;
  if (/\/delta(\(|$)/.test(pathname)) return /token=/i.test(pathname + search) ? 1 : 2;
  return /\/(children|drives|lists|sites|versions)$/.test(pathname) ? 2 : 1;
}

const processClock: Clock = {
  now: () => performance.now(),
  sleep: async (ms, signal) => {
    await setTimeout(ms, undefined, signal === undefined ? {} : { signal }).catch(() =>
      signal?.throwIfAborted(),
    );
  },
};

function pausedFor(ms: number): Throttled {
  return new Throttled('answering an earlier request of this application', {
    status: 429,
    code: null,
    message: '',
    requestId: null,
    retryAfterSeconds: Math.ceil(ms / 1000),
  });
}

function numberOf(headers: Headers, name: string): number | null {
  const value = headers.get(name);
  return value !== null && /^\d+(\.\d+)?$/.test(value.trim()) ? Number(value) : null;
}
