import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';

import type { Dataset } from '../domain/dataset.ts';
import { CopyBuffer } from './copy-buffer.ts';
import { decode } from './decode.ts';
import type { FileAccount } from './file-account.ts';
import { RunningAccount } from './file-account.ts';
import { fileChunks } from './file-chunks.ts';
import { FileUnreadable } from './file-unreadable.ts';
import { foreignFormat } from './foreign-format.ts';
import type { LoadTarget } from './record-loader.ts';
import { RecordLoader } from './record-loader.ts';
import type { Reject } from './reject.ts';
import { survey } from './survey.ts';

export interface ReadOptions {
  /** Written into each row as `_file_id`. */
  readonly fileId: bigint | number;
  readonly signal?: AbortSignal;
  /** Gets the bytes of the file that were read so far, about 8 times a megabyte. */
  readonly onProgress?: (bytes: number) => void;
}

export interface FileReading {
  /** Of the dataset's table. */
  readonly columns: readonly string[];
  /**
   * Rows for COPY ... FROM STDIN in binary format, without its header and trailer; once only. Throws FileUnreadable, which can come
   * after the last row: whatever was copied must then be rolled back. Throws the signal's reason when it is aborted.
   */
  readonly chunks: AsyncIterable<Buffer>;
  readonly pendingRejects: () => number;
  /** Those since it was last called, in the order of the file. */
  readonly takeRejects: () => Reject[];
  /** Valid once the chunks have ended. */
  readonly account: () => FileAccount;
  /** Reads the file again, for the rows on these lines. Throws FileUnreadable `too_many_rejects`. */
  readonly rejectDuplicates: (lines: ReadonlySet<number>) => Promise<Reject[]>;
}

/** Reads a local file as rows of a dataset, in constant memory but for up to 2.5 million keys. */
export function readFile(path: string, dataset: Dataset, options: ReadOptions): FileReading {
  const target = newTarget(dataset, options);
  const { account } = target;
  return {
    columns: columnsOf(dataset),
    chunks: chunksOf(path, target, options),
    pendingRejects: () => account.pendingRejects,
    takeRejects: () => account.takeRejects(),
    account: () => account.summary(),
    rejectDuplicates: async (onlyDuplicates) => {
      const again = { ...newTarget(dataset, options), onlyDuplicates };
      again.account.resume(account, onlyDuplicates.size);
      const chunks = chunksOf(path, again, options);
      while ((await chunks.next()).done !== true);
      return again.account.takeRejects();
    },
  };
}

function newTarget(dataset: Dataset, { fileId }: ReadOptions): LoadTarget {
  return { dataset, fileId, out: new CopyBuffer(), account: new RunningAccount(dataset.maxRejected) };
}

function columnsOf(dataset: Dataset): string[] {
  const extra = dataset.unknownColumns === 'capture' ? ['_extra'] : [];
  return [...dataset.columns.map((column) => column.name), ...extra, '_file_id', '_line'];
}

async function* chunksOf(
  path: string,
  target: LoadTarget,
  options: ReadOptions,
): AsyncGenerator<Buffer, void> {
  const handle = await open(path);
  try {
    const head = await readHead(handle);
    const found = await survey(head, target.dataset.encoding, () => abortable(fileChunks(handle), options));
    const loader = new RecordLoader(target, found);
    const chunks = withProgress(abortable(fileChunks(handle), options), options);
    for await (const text of decode(chunks, found.encoding)) {
      loader.push(text);
      yield* target.out.takeFull();
    }
    loader.finish();
    yield* target.out.takeRest();
  } finally {
    await handle.close();
  }
}

/** Throws FileUnreadable `not_csv`. */
async function readHead(handle: FileHandle): Promise<Buffer> {
  const { value: head } = await fileChunks(handle).next();
  if (head === undefined) return Buffer.alloc(0);
  const format = foreignFormat(head);
  if (format === null) return head;
  throw new FileUnreadable(
    'not_csv',
    `The file is ${format}, whatever its name says. Export it as CSV and upload that.`,
  );
}

async function* abortable(chunks: AsyncIterable<Buffer>, options: ReadOptions): AsyncGenerator<Buffer, void> {
  for await (const chunk of chunks) {
    options.signal?.throwIfAborted();
    yield chunk;
  }
}

async function* withProgress(
  chunks: AsyncIterable<Buffer>,
  options: ReadOptions,
): AsyncGenerator<Buffer, void> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    options.onProgress?.(bytes);
    yield chunk;
  }
}
