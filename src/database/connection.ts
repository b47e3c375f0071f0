import postgres from 'postgres';
import type { Secret } from '../settings/secret.ts';
import { arrayTypes } from './array-types.ts';
import { databaseError } from './errors.ts';
import { connectTimeoutMs, openSocket } from './socket.ts';

export interface Sql extends Pool {
  /** A connection beside the pool's: it sees what they wait for, and so must never wait for one of them. */
  readonly observer: Pool;
}
export type Pool = postgres.Sql<{ int8: number }>;
export type Transaction = postgres.TransactionSql<{ int8: number }>;

/**
 * Long enough for everything that is held for a moment. What waits longer fails, says so, and is tried again; it could
 * not be cancelled in time otherwise.
 */
const lockTimeoutMs = 60_000;

/**
 * When a connection is lost just as a statement is written, the driver (3.4.9) keeps it in its buffer, and flushes that only
 * once it holds a kilobyte: with the first message of some later connection, which the server then refuses. Blanks, which mean
 * nothing, make it that of the very next one.
 */
const wideStartup = ' '.repeat(1024);

/**
 * Before a connection in place of one that was lost. Whatever was lost is tried again with pauses of its own; the driver's would grow to
 * 20 s more with every connection of the pool that a server takes along.
 */
const pauseSeconds = 0.1;

/** A worker has sixteen activities under way at most that hold a transaction; two are for the single statements of all others. */
const workerConnections = 18;

/** With the one that watches, and the one of whoever watches folders. */
export const connectionsPerProcess = workerConnections + 2;

/** A pool of at most `max` connections and one to watch them; `end()` it. int8 values arrive as numbers: our counts and ids stay below 2^53. */
export function connect(url: Secret, max = workerConnections): Sql {
  const pool = openPool(url, max);
  const observer = openPool(url, 1);
  const endPool = pool.end.bind(pool);
  return Object.assign(pool, {
    observer,
    end: async (options?: { timeout?: number }) => {
      await Promise.all([endPool(options), observer.end(options)]);
    },
  });
}

function openPool(url: Secret, max: number): Pool {
  const options = {
    max,
    connect_timeout: connectTimeoutMs / 1000,
    backoff: () => pauseSeconds,
    connection: {
      application_name: 'charlie-reporting',
      search_path: 'charlie, datasets, public',
      TimeZone: 'UTC',
      lock_timeout: lockTimeoutMs,
      // A large file is one long COPY: what bounds it is the time limit of its activity.
      statement_timeout: 0,
      idle_in_transaction_session_timeout: 0,
      options: wideStartup,
    },
    onnotice: () => undefined,
    types: { ...arrayTypes, int8: { to: 20, from: [20], serialize: String, parse: safeInteger } },
    fetch_types: false,
    socket: openSocket,
  };
  return postgres(url.reveal(), options);
}

/** Runs `work`, naming the server as the cause where it is. Every use of the database goes through here. */
export async function withDatabase<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw databaseError(error);
  }
}

function safeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} does not fit a JavaScript number`);
  return value;
}
