/** Rows whose event times are in one quarter of an hour of UTC. */
export interface Quarter {
  /** Seconds since 1970-01-01T00:00:00Z, at or before the first of these rows. */
  readonly start: number;
  readonly rows: number;
  readonly firstLine: number;
  readonly lastLine: number;
}

const quarterSeconds = 900;

/**
 * From 1980 on the clocks of all zones differ from UTC by whole quarters of an hour (that of Kiritimati was the last that did not,
 * until October 1979), so each quarter lies in one hour of any zone. Earlier times are counted by the second.
 */
const wholeQuartersFrom = Date.UTC(1980, 0) / 1000;

type Counted = { -readonly [name in keyof Quarter]: Quarter[name] };

/**
 * Counts rows by time, in place of a query over the rows that have just been loaded. Which hour of the reporting zone a quarter is
 * in, Postgres says.
 */
export class QuarterTally {
  readonly #quarters = new Map<number, Counted>();
  #current: Counted = { start: 0, rows: 0, firstLine: 0, lastLine: 0 };
  #from = 0;
  #to = 0;

  /** Lines come in ascending order. */
  add(seconds: number, line: number): void {
    if (seconds < this.#from || seconds >= this.#to) this.#enter(seconds, line);
    this.#current.rows += 1;
    this.#current.lastLine = line;
  }

  get quarters(): readonly Quarter[] {
    return [...this.#quarters.values()];
  }

  #enter(seconds: number, line: number): void {
    const length = seconds < wholeQuartersFrom ? 1 : quarterSeconds;
    const start = Math.floor(seconds / length) * length;
    const known = this.#quarters.get(start);
    this.#current = known ?? { start, rows: 0, firstLine: line, lastLine: line };
    if (known === undefined) this.#quarters.set(start, this.#current);
    this.#from = start;
    this.#to = start + length;
  }
}
