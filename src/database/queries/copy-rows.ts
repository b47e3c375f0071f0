import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { failpoint } from '../../failpoints.ts';
import type { Transaction } from '../connection.ts';
import { keepBusy, unlessSilent } from '../keep-busy.ts';

/** Signature, flags, and the length of an extension: postgresql.org/docs/current/sql-copy.html, "Binary Format". */
const header = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
/** In place of the count of a row's fields. */
const trailer = Buffer.from([0xff, 0xff]);

export interface RowsToCopy {
  readonly table: string;
  readonly columns: readonly string[];
  /** Whole rows in the binary format of COPY, without its header and trailer. An empty one only has `isInterrupted` asked. */
  readonly chunks: AsyncIterable<Buffer>;
  /** Asked after each chunk: something else is to be written first. */
  readonly isInterrupted: () => boolean;
  /** Writes that, if there is any, in the same transaction; called before each COPY and after the last. */
  readonly interrupt: () => Promise<void>;
}

/**
 * One COPY, or several one after the other: a connection does nothing else while it copies, and one that gets no rows for long would be
 * taken for that of a frozen worker.
 */
export async function copyRows(tx: Transaction, rows: RowsToCopy, signal: AbortSignal): Promise<void> {
  const chunks = new Chunks(rows.chunks);
  try {
    while ((await keepBusy(tx, chunks.peek())).done !== true) {
      await rows.interrupt();
      const copy = await tx`
        copy ${tx(`datasets.${rows.table}`)} (${tx(rows.columns as string[])}) from stdin with (format binary)`.writable();
      const stretch = Readable.from(untilInterrupted(chunks, rows), { objectMode: false });
      await pipeline(stretch, copy, { signal });
    }
    await rows.interrupt();
  } finally {
    await chunks.end();
  }
}

async function* untilInterrupted(chunks: Chunks, { isInterrupted }: RowsToCopy): AsyncGenerator<Buffer> {
  yield header;
  while (!isInterrupted()) {
    const next = await unlessSilent(chunks.peek());
    if (next === null || next.done === true) break;
    chunks.drop();
    if (next.value.length > 0) yield next.value;
    await failpoint('mid-copy');
  }
  yield trailer;
}

class Chunks {
  readonly #iterator: AsyncIterator<Buffer, unknown>;
  #next: Promise<IteratorResult<Buffer, unknown>> | null = null;

  constructor(chunks: AsyncIterable<Buffer, unknown>) {
    this.#iterator = chunks[Symbol.asyncIterator]();
  }

  /** The same one until it is dropped. */
  peek(): Promise<IteratorResult<Buffer, unknown>> {
    this.#next ??= this.#iterator.next();
    return this.#next;
  }

  drop(): void {
    this.#next = null;
  }

  async end(): Promise<void> {
    await this.#iterator.return?.();
  }
}
