import type { Dataset } from '../domain/dataset.ts';
import { FileUnreadable } from './file-unreadable.ts';
import { type Quarter, QuarterTally } from './quarter-tally.ts';
import type { Reject } from './reject.ts';

/** What became of every row of a file: read = loaded + rejected + duplicate + blank. */
export interface FileAccount {
  readonly read: number;
  readonly loaded: number;
  readonly rejected: number;
  readonly duplicate: number;
  readonly blank: number;
  /** The loaded rows that have an event time. */
  readonly quarters: readonly Quarter[];
  /** Lines of rows that were written, counted as duplicates since, and must be taken out again. */
  readonly superseded: readonly number[];
  /** There were too many rows to hold their keys: equal ones are still to be found. */
  readonly areKeysUnchecked: boolean;
}

/** A row that is neither loaded nor rejected. */
export interface SkippedRow {
  readonly line: number;
  readonly cause: 'blank' | 'duplicate';
  /** Of the row with the same key that counts, as far as was read; null: it is not about that. */
  readonly keptLine: number | null;
}

/** Of a file with fewer rows that are not blank, the share of rejected ones says nothing. */
const ratioFromRows = 20;

export class RunningAccount {
  loaded = 0;
  duplicate = 0;
  blank = 0;
  rejected = 0;
  #first: Reject | null = null;
  #pending: Reject[] = [];
  readonly #superseded: number[] = [];
  areKeysUnchecked = false;
  readonly times = new QuarterTally();
  readonly #limits: Dataset['maxRejected'];
  readonly #onSkip: ((row: SkippedRow) => void) | undefined;

  constructor(limits: Dataset['maxRejected'], onSkip?: (row: SkippedRow) => void) {
    this.#limits = limits;
    this.#onSkip = onSkip;
  }

  get read(): number {
    return this.loaded + this.rejected + this.duplicate + this.blank;
  }

  summary(): FileAccount {
    const { read, loaded, rejected, duplicate, blank, times, areKeysUnchecked } = this;
    const superseded = this.#superseded;
    const counts = { read, loaded, rejected, duplicate, blank };
    return { ...counts, quarters: times.quarters, superseded, areKeysUnchecked };
  }

  get pendingRejects(): number {
    return this.#pending.length;
  }

  /** Those since it was last called, in the order of the file. */
  takeRejects(): Reject[] {
    const pending = this.#pending;
    this.#pending = [];
    return pending;
  }

  /** Goes on from there, where that many rows that counted as loaded are to be rejected. */
  resume({ loaded, rejected, duplicate, blank }: RunningAccount, rejects: number): void {
    this.loaded = loaded - rejects;
    this.rejected = rejected;
    this.duplicate = duplicate;
    this.blank = blank;
  }

  skipBlank(line: number): void {
    this.blank += 1;
    this.#onSkip?.({ line, cause: 'blank', keptLine: null });
  }

  skipDuplicate(line: number, keptLine: number): void {
    this.duplicate += 1;
    this.#onSkip?.({ line, cause: 'duplicate', keptLine });
  }

  /** The later row on `keptLine` has taken the place of this one, which counted as loaded. */
  supersede(line: number, keptLine: number): void {
    this.loaded -= 1;
    this.#superseded.push(line);
    this.skipDuplicate(line, keptLine);
  }

  /** Throws FileUnreadable `too_many_rejects`. */
  reject(reject: Reject): void {
    this.rejected += 1;
    this.#first ??= reject;
    this.#pending.push(reject);
    if (this.rejected > this.#limits.rows) this.#refuse();
  }

  /** At the end of the file. Throws FileUnreadable `too_many_rejects`. */
  close(): void {
    const rows = this.read - this.blank;
    if (rows >= ratioFromRows && this.rejected > rows * this.#limits.ratio) this.#refuse();
  }

  #refuse(): never {
    const first = this.#first;
    const example = first === null ? '' : ` The first, on line ${first.line}: ${first.detail}.`;
    throw new FileUnreadable(
      'too_many_rejects',
      `${this.rejected} of the first ${this.read - this.blank} rows were refused, so the file is not loaded at all.${example} ` +
        'Correct the file, or the columns or limits of its dataset.',
    );
  }
}
