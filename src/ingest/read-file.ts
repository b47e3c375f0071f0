import { open } from 'node:fs/promises';

import type { Dataset } from '../domain/dataset.ts';
import { CopyBuffer } from './copy-buffer.ts';
import { decode } from './decode.ts';
import type { FileAccount } from './file-account.ts';
import { RunningAccount } from './file-account.ts';
import type { FileContent } from './file-content.ts';
import { openContent } from './file-content.ts';
import type { LoadTarget } from './record-loader.ts';
import { RecordLoader } from './record-loader.ts';
import { survey } from './survey.ts';

/** How far the reading of a file is. Each step begins at its first byte, and checking may take two rounds. */
export interface ReadProgress {
  readonly step: 'checking' | 'loading';
  /** Bytes of the file as it lies there; of an archive, packed ones. */
  readonly done: number;
  readonly of: number;
}

export interface ReadOptions {
  /** Written into each row as `_file_id`. */
  readonly fileId: bigint | number;
  readonly signal?: AbortSignal;
  /** Called about 8 times a megabyte. */
  readonly onProgress?: (progress: ReadProgress) => void;
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

/** Reads a local file, packed or not, as rows of a dataset, in constant memory but for the keys seen and the rejects. */
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
    const content = await openContent(handle);
    const found = await survey(content.head, target.dataset.encoding, () =>
      watched(content, 'checking', options),
    );
    const loader = new RecordLoader(target, found);
    for await (const text of decode(watched(content, 'loading', options), found.encoding)) {
      loader.push(text);
      yield* target.out.takeFull();
    }
    loader.finish();
    yield* target.out.takeRest();
  } finally {
    await handle.close();
  }
}

async function* watched(
  content: FileContent,
  step: ReadProgress['step'],
  { signal, onProgress }: ReadOptions,
): AsyncGenerator<Buffer, void> {
  const of = content.fileBytes;
  for await (const chunk of content.chunks((done) => onProgress?.({ step, done, of }))) {
    signal?.throwIfAborted();
    yield chunk;
  }
}
