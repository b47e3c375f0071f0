import type { Dataset } from '../domain/dataset.ts';
import type { FileAccount, SkippedRow } from './file-account.ts';
import type { FileForm } from './file-form.ts';
import { FileUnreadable } from './file-unreadable.ts';
import { readFile } from './read-file.ts';
import type { Reject, RejectReason } from './reject.ts';

/** What would become of a file. Of a refused one the counts are those of the rows before the place where it was refused. */
export interface FileCheck {
  readonly form: FileForm;
  readonly account: Pick<FileAccount, 'read' | 'loaded' | 'rejected' | 'duplicate' | 'blank'>;
  /** There are too many rows to hold their keys: equal ones were not looked for, and are found when the file is loaded. */
  readonly areKeysUnchecked: boolean;
  /** The first ones, as many as were asked for. */
  readonly rejects: readonly Reject[];
  /** All of them, the most frequent first. */
  readonly rejectCounts: readonly RejectCount[];
  /** The first ones, as many as were asked for. */
  readonly skipped: readonly SkippedRow[];
  /** Null: it would be loaded. */
  readonly refusal: FileUnreadable | null;
}

export interface RejectCount {
  readonly reason: RejectReason;
  readonly column: string | null;
  readonly rows: number;
}

/**
 * Reads a file as it would be loaded, and keeps nothing of its rows but the first `limit` rejects and skipped ones. Throws what is no
 * fault of the file, such as that it is not there.
 */
export async function checkFile(path: string, dataset: Dataset, limit: number): Promise<FileCheck> {
  const skipped: SkippedRow[] = [];
  const rejects: Reject[] = [];
  const tally = new RejectTally();
  const reading = readFile(path, dataset, {
    fileId: 0,
    onSkip: (row) => {
      if (skipped.length < limit) skipped.push(row);
    },
  });
  const take = (): void => {
    const taken = reading.takeRejects();
    tally.add(taken);
    rejects.push(...taken.slice(0, limit - rejects.length));
  };
  const refusal = await refusalOf(reading.chunks[Symbol.asyncIterator](), take);
  take();
  const { read, loaded, rejected, duplicate, blank, areKeysUnchecked } = reading.account();
  const account = { read, loaded, rejected, duplicate, blank };
  const { form } = reading;
  return { form, account, areKeysUnchecked, rejects, rejectCounts: tally.counts(), skipped, refusal };
}

async function refusalOf(chunks: AsyncIterator<Buffer>, onChunk: () => void): Promise<FileUnreadable | null> {
  try {
    while ((await chunks.next()).done !== true) onChunk();
    return null;
  } catch (error) {
    if (error instanceof FileUnreadable) return error;
    throw error;
  }
}

class RejectTally {
  readonly #counts = new Map<string, { reason: RejectReason; column: string | null; rows: number }>();

  add(rejects: readonly Reject[]): void {
    for (const { reason, column } of rejects) {
      const key = `${reason} ${column ?? ''}`;
      const count = this.#counts.get(key) ?? { reason, column, rows: 0 };
      count.rows += 1;
      this.#counts.set(key, count);
    }
  }

  counts(): RejectCount[] {
    return [...this.#counts.values()].sort((a, b) => b.rows - a.rows);
  }
}
