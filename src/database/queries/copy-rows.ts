import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { failpoint } from '../../failpoints.ts';
import type { Transaction } from '../connection.ts';

/** Signature, flags, and the length of an extension: postgresql.org/docs/current/sql-copy.html, "Binary Format". */
const header = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
/** In place of the count of a row's fields. */
const trailer = Buffer.from([0xff, 0xff]);

export interface RowsToCopy {
  readonly table: string;
  readonly columns: readonly string[];
  /** Whole rows in the binary format of COPY, without its header and trailer. */
  readonly chunks: AsyncIterable<Buffer>;
  /** Asked after each chunk: something else is to be written first. */
  readonly isInterrupted: () => boolean;
  /** Writes that, in the same transaction; called once more at the end. */
  readonly interrupt: () => Promise<void>;
}

/** One COPY, or several one after the other: a connection does nothing else while it copies. */
export async function copyRows(tx: Transaction, rows: RowsToCopy, signal: AbortSignal): Promise<void> {
  const chunks = rows.chunks[Symbol.asyncIterator]();
  const state = { isDone: false };
  try {
    while (!state.isDone) {
      const copy = await tx`
        copy ${tx(`datasets.${rows.table}`)} (${tx(rows.columns as string[])}) from stdin with (format binary)`.writable();
      const stretch = Readable.from(untilInterrupted(chunks, rows, state), { objectMode: false });
      await pipeline(stretch, copy, { signal });
      await rows.interrupt();
    }
  } finally {
    await chunks.return?.();
  }
}

async function* untilInterrupted(
  chunks: AsyncIterator<Buffer>,
  { isInterrupted }: RowsToCopy,
  state: { isDone: boolean },
): AsyncGenerator<Buffer> {
  yield header;
  while (!isInterrupted()) {
    const next: IteratorResult<Buffer, unknown> = await chunks.next();
    if (next.done === true) {
      state.isDone = true;
      break;
    }
    yield next.value;
    await failpoint('mid-copy');
  }
  yield trailer;
}
