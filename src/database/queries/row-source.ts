import type { TimedRows } from './mark-hours.ts';

/** Where the rows of a file come from; see readFile in src/ingest. */
export interface RowSource {
  /** Of the dataset's table, in the order in which the chunks have them. */
  readonly columns: readonly string[];
  /** Whole rows in the binary format of COPY, without its header and trailer, or none where rejects are to be taken first; once only. */
  readonly chunks: AsyncIterable<Buffer>;
  /** How many rejected rows wait to be taken. */
  readonly pendingRejects: () => number;
  readonly takeRejects: () => readonly RejectedRow[];
  /** Called once the chunks have ended. */
  readonly account: () => RowAccount;
  /** Reads the file again for the rows on these lines, whose keys are those of other rows. */
  readonly rejectDuplicates: (lines: ReadonlySet<number>) => AsyncGenerator<readonly RejectedRow[], void>;
}

export interface RowCounts {
  readonly read: number;
  readonly loaded: number;
  readonly rejected: number;
  readonly duplicate: number;
  readonly blank: number;
}

export interface RowAccount extends RowCounts {
  readonly quarters: readonly TimedRows[];
  /** Lines of rows that were among the chunks, counted as duplicates since, and are to be taken out again. */
  readonly superseded: readonly number[];
  /** Equal keys are still to be found. */
  readonly areKeysUnchecked: boolean;
}

export interface RejectedRow {
  readonly line: number;
  readonly byteOffset: number;
  readonly column: string | null;
  readonly reason: string;
  readonly detail: string;
  readonly raw: string;
}
