import { once } from 'node:events';
import { Socket } from 'node:net';
import { Duplex } from 'node:stream';

import postgres from 'postgres';

import type { Secret } from '../settings/secret.ts';
import { databaseError } from './errors.ts';

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

const connectTimeoutMs = 10_000;

/**
 * When a connection is lost just as a statement is written, the driver (3.4.9) keeps it in its buffer, and flushes that only
 * once it holds a kilobyte: with the first message of some later connection, which the server then refuses. Blanks, which mean
 * nothing, make it that of the very next one.
 */
const wideStartup = ' '.repeat(1024);

/** A worker has twelve activities under way at most, each in one transaction at a time; two are for what needs none. */
const workerConnections = 14;

/** With the one that watches. */
export const connectionsPerProcess = workerConnections + 1;

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
    types: { int8: { to: 20, from: [20], serialize: String, parse: safeInteger } },
    socket: promptSocket,
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

/**
 * Sends at once what is written. By default a small write waits until the one before it is acknowledged, and servers
 * delay that by 40 ms when they have nothing to say: twice for every COPY. The driver hides its socket otherwise.
 *
 * It is connected when the driver gets it: one that is refused after the driver has begun to write leaves the driver (3.4.9)
 * with a write that it believes to be under way and never makes.
 */
async function promptSocket({ host, port, path }: ServerAddress): Promise<Duplex> {
  const socket = new Socket().setNoDelay();
  if (typeof path === 'string') socket.connect(path);
  else socket.connect(port[0] ?? 5432, host[0] ?? 'localhost');
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(connectTimeoutMs) });
  } catch (error) {
    socket.destroy();
    const isLate = error instanceof Error && error.name === 'AbortError';
    return refusing(isLate ? Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' }) : error);
  }
  // The driver takes the name that a certificate must bear from the socket.
  return Object.assign(socket, { host: host[0] });
}

/** A connection that fails when it is used: the driver knows what to do about that, and not about having got none. */
function refusing(error: unknown): Duplex {
  return new Duplex({
    read: () => undefined,
    write: (_chunk, _encoding, written) => {
      written(error as Error);
    },
  });
}

/** As the driver has parsed it from the URL. */
interface ServerAddress {
  readonly host: readonly string[];
  readonly port: readonly number[];
  /** Of a Unix socket; false: there is none. */
  readonly path: string | false;
}
