import { open } from 'node:fs/promises';

import type { Dataset } from '../domain/dataset.ts';
import { CopyBuffer } from './copy-buffer.ts';
import { decode } from './decode.ts';
import type { FileAccount, SkippedRow } from './file-account.ts';
import { RunningAccount } from './file-account.ts';
import type { FileContent } from './file-content.ts';
import { openContent } from './file-content.ts';
import type { FileForm } from './file-form.ts';
import { unknownForm } from './file-form.ts';
import type { LoadTarget } from './record-loader.ts';
import { RecordLoader } from './record-loader.ts';
import type { Reject } from './reject.ts';
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
  /** Called for each blank and each duplicate row. */
  readonly onSkip?: (row: SkippedRow) => void;
}

export interface FileReading {
  readonly form: FileForm;
  /** Of the dataset's table. */
  readonly columns: readonly string[];
  /**
   * Rows for COPY ... FROM STDIN in binary format, without its header and trailer; once only. A chunk is empty where rejects are to be
   * taken before there are rows enough. Throws FileUnreadable, which can come
   * after the last row: whatever was copied must then be rolled back. Throws the signal's reason when it is aborted.
   */
  readonly chunks: AsyncIterable<Buffer>;
  readonly pendingRejects: () => number;
  /** Those since it was last called, in the order of the file. */
  readonly takeRejects: () => Reject[];
  /** Valid once the chunks have ended. */
  readonly account: () => FileAccount;
  /** Reads the file again, for the rows on these lines. Throws FileUnreadable `too_many_rejects`. */
  readonly rejectDuplicates: (lines: ReadonlySet<number>) => AsyncGenerator<Reject[], void>;
}

/** Reads a local file, packed or not, as rows of a dataset, in constant memory but for up to 2.5 million keys. */
export function readFile(path: string, dataset: Dataset, options: ReadOptions): FileReading {
  const target = newTarget(dataset, options);
  const { account, form } = target;
  return {
    form,
    columns: columnsOf(dataset),
    chunks: chunksOf(path, target, options),
    pendingRejects: () => account.pendingRejects,
    takeRejects: () => account.takeRejects(),
    account: () => account.summary(),
    rejectDuplicates: (onlyDuplicates) => {
      const again = { ...newTarget(dataset, options), onlyDuplicates };
      again.account.resume(account, onlyDuplicates.size);
      return rejectsOf(chunksOf(path, again, options), again.account);
    },
  };
}

/** Each is held with up to some kilobytes of the file. */
const rejectsAtOnce = 1000;
const empty = Buffer.alloc(0);

function newTarget(dataset: Dataset, { fileId, onSkip }: ReadOptions): LoadTarget {
  const account = new RunningAccount(dataset.maxRejected, onSkip);
  return { dataset, fileId, out: new CopyBuffer(), account, form: unknownForm() };
}

function columnsOf(dataset: Dataset): string[] {
  const extra = dataset.unknownColumns === 'capture' ? ['_extra'] : [];
  return [...dataset.columns.map((column) => column.name), ...extra, '_file_id', '_line'];
}

async function* rejectsOf(
  chunks: AsyncIterable<Buffer>,
  account: RunningAccount,
): AsyncGenerator<Reject[], void> {
  for await (const chunk of chunks) {
    if (chunk.length === 0) yield account.takeRejects();
  }
  yield account.takeRejects();
}

async function* chunksOf(
  path: string,
  target: LoadTarget,
  options: ReadOptions,
): AsyncGenerator<Buffer, void> {
  const handle = await open(path);
  try {
    const content = await openContent(handle);
    target.form.archive = content.archive;
    const found = await survey(content.head, target.dataset.encoding, () =>
      watched(content, 'checking', options),
    );
    target.form.encoding = found.encoding;
    const loader = new RecordLoader(target, found);
    for await (const text of decode(watched(content, 'loading', options), found.encoding)) {
      loader.push(text);
      const full = target.out.takeFull();
      yield* full.length === 0 && target.account.pendingRejects >= rejectsAtOnce ? [empty] : full;
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
