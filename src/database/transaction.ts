import { setImmediate } from 'node:timers/promises';

import type { Sql, Transaction } from './connection.ts';
import { DatabaseUnavailable } from './errors.ts';

/**
 * Runs `work` in one transaction, `mode` as after BEGIN. In place of the driver's own `begin`: when the connection is lost
 * while `work` does something else, that one lets it go on, and its later statements, or the closing ROLLBACK, go to
 * whatever the pool has put in the connection's place: committed one by one, or into another transaction.
 */
export async function transaction<T>(
  sql: Pick<Sql, 'begin'>,
  work: (tx: Transaction) => Promise<T>,
  mode = '',
): Promise<T> {
  let lost = false;
  const running = sql.begin(mode, async (tx) => {
    try {
      return await work(whileConnected(tx, () => lost));
    } catch (error) {
      // A statement that fails with the connection does so just before the connection counts as lost.
      await setImmediate();
      throw error;
    } finally {
      // The driver must not come to its COMMIT or ROLLBACK; the caller has got the error.
      if (lost) await new Promise(() => undefined);
    }
  });
  try {
    return (await running) as T;
  } catch (error) {
    lost = true;
    throw error;
  }
}

function whileConnected(tx: Transaction, isLost: () => boolean): Transaction {
  const check = (): void => {
    if (isLost()) throw new DatabaseUnavailable('CONNECTION_CLOSED', 'The connection was lost.');
  };
  return new Proxy(tx, {
    apply(target, self, parts) {
      check();
      return Reflect.apply(target, self, parts) as unknown;
    },
    get(target, name) {
      check();
      return Reflect.get(target, name) as unknown;
    },
  });
}
