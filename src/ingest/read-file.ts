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
import { survey } from './survey.ts';

export interface ReadOptions {
  /** Written into each row as `_file_id`. */
  readonly fileId: bigint | number;
  readonly signal?: AbortSignal;
  /** Gets the bytes of the file that were read so far, about 8 times a megabyte. */
  readonly onProgress?: (bytes: number) => void;
}

export interface FileReading {
  /**
   * For COPY ... FROM STDIN in binary format, columns as in `copyColumns`; once only. Throws FileUnreadable, which can come after
   * the last row: whatever was copied must then be rolled back. Throws the signal's reason when it is aborted.
   */
  readonly copyChunks: AsyncIterable<Buffer>;
  /** Valid once copyChunks has ended. */
  account(): FileAccount;
}

/** Reads a local file as rows of a dataset, in constant memory but for the keys seen and the rejects. */
export function readFile(path: string, dataset: Dataset, options: ReadOptions): FileReading {
  const target = { dataset, fileId: options.fileId, out: new CopyBuffer(), account: new RunningAccount() };
  return { copyChunks: copyChunks(path, target, options), account: () => target.account.summary() };
}

export function copyColumns(dataset: Dataset): string[] {
  return [...dataset.columns.map((column) => column.name), '_file_id', '_line'];
}

async function* copyChunks(
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
