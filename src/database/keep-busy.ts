import type { Transaction } from './connection.ts';

/** Well below the time after which a transaction that waits for its worker is taken for frozen; see TransactionWatch. */
const silentForMs = 5000;

/** Waits for work of this process, and lets the transaction say meanwhile that somebody is there. */
export async function keepBusy<T>(tx: Transaction, work: Promise<T>): Promise<T> {
  for (;;) {
    const done = await unlessSilent(work);
    if (done !== null) return done;
    await tx`select`;
  }
}

/** The same for each value. */
export async function* keptBusy<T>(
  tx: Transaction,
  values: AsyncGenerator<T, void>,
): AsyncGenerator<T, void> {
  try {
    for (;;) {
      const next = await keepBusy(tx, values.next());
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await values.return();
  }
}

/** Null: it takes so long that a transaction should say something meanwhile. */
export async function unlessSilent<T>(work: Promise<T>): Promise<T | null> {
  const { promise: silence, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(resolve, silentForMs, null);
  try {
    return await Promise.race([work, silence]);
  } finally {
    clearTimeout(timer);
  }
}
