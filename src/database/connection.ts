import postgres from 'postgres';

import type { Secret } from '../settings/secret.ts';
import { databaseError } from './errors.ts';

export type Sql = postgres.Sql<{ int8: number }>;
export type Transaction = postgres.TransactionSql<{ int8: number }>;

/** A pool of at most `max` connections; `end()` it. int8 values arrive as numbers: our counts and ids stay below 2^53. */
export function connect(url: Secret, max = 10): Sql {
  return postgres(url.reveal(), {
    max,
    connect_timeout: 10,
    connection: {
      application_name: 'charlie-reporting',
      search_path: 'charlie, datasets, public',
      TimeZone: 'UTC',
    },
    onnotice: () => undefined,
    types: { int8: { to: 20, from: [20], serialize: String, parse: safeInteger } },
  });
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
