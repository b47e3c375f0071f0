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
  /** One for each rejected row, in the order of the file. */
  readonly rejects: readonly Reject[];
  /** The loaded rows that have an event time. */
  readonly quarters: readonly Quarter[];
}

/** More rejects than `rows`, or more than `ratio` of at least `ratioFromRows` rows that are not blank: the file is refused whole. */
const rejectLimits = { rows: 10_000, ratio: 0.5, ratioFromRows: 20 } as const;

export class RunningAccount {
  loaded = 0;
  duplicate = 0;
  blank = 0;
  readonly rejects: Reject[] = [];
  readonly times = new QuarterTally();

  get rejected(): number {
    return this.rejects.length;
  }

  get read(): number {
    return this.loaded + this.rejected + this.duplicate + this.blank;
  }

  summary(): FileAccount {
    const { read, loaded, rejected, duplicate, blank, rejects, times } = this;
    return { read, loaded, rejected, duplicate, blank, rejects, quarters: times.quarters };
  }

  /** Throws FileUnreadable `too_many_rejects`. */
  reject(reject: Reject): void {
    this.rejects.push(reject);
    if (this.rejected > rejectLimits.rows) this.#refuse();
  }

  /** At the end of the file. Throws FileUnreadable `too_many_rejects`. */
  close(): void {
    const rows = this.read - this.blank;
    if (rows >= rejectLimits.ratioFromRows && this.rejected > rows * rejectLimits.ratio) this.#refuse();
  }

  #refuse(): never {
    const [first] = this.rejects;
    const example = first === undefined ? '' : ` The first, on line ${first.line}: ${first.detail}.`;
    throw new FileUnreadable(
      'too_many_rejects',
      `${this.rejected} of the first ${this.read - this.blank} rows were refused, so the file is not loaded at all.${example} ` +
        'Correct the file, or the columns of its dataset.',
    );
  }
}
