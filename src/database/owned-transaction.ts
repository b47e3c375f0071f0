import type { Sql, Transaction } from './connection.ts';
import type { Owner } from './owner.ts';
import { sessionName } from './sessions.ts';
import { transaction } from './transaction.ts';
import { TransactionWatch } from './transaction-watch.ts';

/** Of a server that does not even answer a cancellation; a worker that stops has ten seconds for everything. */
const givenUpAfterMs = 5000;

/**
 * Runs `work` in one transaction, `mode` as after BEGIN, that says in pg_stat_activity whose it is: what a stopped worker
 * left open must not hold up the attempt that has taken its place; see TransactionWatch.
 */
export async function beginAs<T>(
  sql: Sql,
  owner: Owner,
  work: (tx: Transaction) => Promise<T>,
  mode = '',
): Promise<T> {
  owner.signal.throwIfAborted();
  const watch = new TransactionWatch(sql.observer, owner);
  let isGivenUp = false;
  const running = transaction(
    sql,
    async (tx) => {
      // Sent along with the first statement of the work, and answered while that one waits for a lock.
      const named = nameSession(tx, owner, watch);
      named.catch(() => undefined);
      try {
        const done = await work(tx);
        await named;
        return done;
      } finally {
        await Promise.allSettled([named]);
        await watch.end();
        // A server that has come back must not be made to commit what was reported as cancelled.
        if (isGivenUp) owner.signal.throwIfAborted();
      }
    },
    mode,
  );
  try {
    return await endingSoonAfter(owner.signal, running);
  } finally {
    isGivenUp = true;
    void watch.end();
  }
}

async function nameSession(tx: Transaction, owner: Owner, watch: TransactionWatch): Promise<void> {
  const [{ pid }] = await tx<[{ pid: number }]>`
    select pg_backend_pid() as pid, set_config('application_name', ${sessionName(owner)}, true)`;
  watch.begin(pid);
}

async function endingSoonAfter<T>(signal: AbortSignal, running: Promise<T>): Promise<T> {
  const { promise: givenUp, reject } = Promise.withResolvers<never>();
  let timer: NodeJS.Timeout | undefined;
  const giveUpSoon = (): void => {
    timer = setTimeout(() => {
      reject(signal.reason as Error);
    }, givenUpAfterMs);
  };
  signal.addEventListener('abort', giveUpSoon, { once: true });
  try {
    return await Promise.race([running, givenUp]);
  } finally {
    signal.removeEventListener('abort', giveUpSoon);
    clearTimeout(timer);
  }
}
