import type { Pool } from './connection.ts';
import type { Owner } from './owner.ts';
import {
  cancelStatement,
  parseSessionName,
  readBlockers,
  type Session,
  sessionName,
  terminate,
} from './sessions.ts';

/** An ordinary transaction is over before it is looked at. */
const firstLookAfterMs = 200;
const looksEveryMs = 1000;

/** A worker that lives sends the next statement, or more of a file, within moments. Below the lock timeout. */
const frozenAfterMs = 30_000;

/**
 * Looks after one transaction from beside it. A worker that was stopped, or whose host was cut off, keeps its locks, for
 * Postgres waits for it; so while the transaction waits for a lock,
 * - an earlier attempt of the same activity that holds it is ended at once: Temporal has given it up;
 * - another transaction of ours is ended when it has done nothing for half a minute but wait for its worker;
 * - everything else is waited for.
 * What was ended rolls back, and its worker gets an error when it wakes. When the owner is cancelled, so is the statement.
 */
export class TransactionWatch {
  readonly #observer: Pool;
  readonly #owner: Owner;
  readonly #frozenAfterMs: number;
  readonly #silent = new Map<string, { readonly progress: string; readonly since: number }>();
  #pid = 0;
  #timer: NodeJS.Timeout | undefined;
  #ended = false;
  #cancelling: Promise<unknown> = Promise.resolve();

  constructor(observer: Pool, owner: Owner, frozenAfter = frozenAfterMs) {
    this.#observer = observer;
    this.#owner = owner;
    this.#frozenAfterMs = frozenAfter;
  }

  /** Of the session that runs the transaction. */
  begin(pid: number): void {
    if (this.#ended) return;
    this.#pid = pid;
    this.#owner.signal.addEventListener('abort', this.#lookNow);
    this.#lookIn(firstLookAfterMs);
  }

  /** To be awaited before the transaction ends: a cancellation that is on its way would hit the next one. */
  async end(): Promise<void> {
    const { signal } = this.#owner;
    // A COPY that the client has given up may still wait in the server, for a lock.
    const mayStillRun = signal.aborted && !this.#ended && this.#pid !== 0;
    this.#ended = true;
    clearTimeout(this.#timer);
    signal.removeEventListener('abort', this.#lookNow);
    if (mayStillRun) await this.#cancel().catch(() => undefined);
    await this.#cancelling;
  }

  readonly #lookNow = (): void => {
    this.#lookIn(0);
  };

  #lookIn(ms: number): void {
    clearTimeout(this.#timer);
    if (this.#ended) return;
    this.#timer = setTimeout(() => {
      void this.#look().finally(() => {
        this.#lookIn(looksEveryMs);
      });
    }, ms);
  }

  async #look(): Promise<void> {
    try {
      if (this.#owner.signal.aborted) await this.#cancel();
      else await this.#clearTheWay();
    } catch {
      // The database is away, as the transaction itself will find.
    }
  }

  async #cancel(): Promise<void> {
    const cancelling = cancelStatement(this.#observer, this.#pid, sessionName(this.#owner));
    this.#cancelling = cancelling.catch(() => undefined);
    await cancelling;
  }

  async #clearTheWay(): Promise<void> {
    for (const session of await readBlockers(this.#observer, this.#pid)) {
      const why = this.#verdict(session);
      if (why === null) continue;
      const seen = why === 'frozen' ? session : null;
      if (await terminate(this.#observer, session, seen))
        this.#owner.onTerminated({ pid: session.pid, name: session.name, why });
    }
  }

  #verdict(session: Session): 'superseded' | 'frozen' | null {
    const holder = parseSessionName(session.name);
    if (holder === null) return null;
    const { runId, activityId, attempt } = this.#owner;
    if (holder.runId === runId && holder.activityId === activityId)
      return holder.attempt < attempt ? 'superseded' : null;
    return this.#isFrozen(session) ? 'frozen' : null;
  }

  #isFrozen({ pid, startedAt, progress, waitsForClient }: Session): boolean {
    const session = `${pid} ${startedAt}`;
    const silent = this.#silent.get(session);
    if (!waitsForClient) this.#silent.delete(session);
    else if (silent?.progress !== progress) this.#silent.set(session, { progress, since: performance.now() });
    else return performance.now() - silent.since >= this.#frozenAfterMs;
    return false;
  }
}
