/** What a kind of file means: which files, which columns, and what is counted per hour. One entry of `[datasets.*]`. */
export interface Dataset {
  /** Also the name of its table, `datasets.<name>`: lower case, `[a-z][a-z0-9_]{0,47}`. */
  readonly name: string;
  readonly enabled: boolean;
  /** Globs (`*`, `?`) over the file's own name, compared without regard to case; the first dataset that matches takes the file. */
  readonly patterns: readonly string[];
  /** One ASCII character; null: found out for each file. */
  readonly delimiter: string | null;
  /** Null: found out for each file. */
  readonly encoding: TextEncoding | null;
  /** Never empty. */
  readonly columns: readonly Column[];
  /** What becomes of columns of a file that are not listed. `reject`: the file is refused; `capture`: they are kept in `_extra`. */
  readonly unknownColumns: 'ignore' | 'reject' | 'capture';
  /** Columns that name a row: of several with the same key in one file one counts. Empty: every row counts. */
  readonly key: readonly string[];
  /** Which one; `reject`: the first, and the others are rejected rather than counted as duplicates. */
  readonly onDuplicate: 'first' | 'last' | 'reject';
  /** A file with more rejected rows, or a greater share of them, is refused whole. */
  readonly maxRejected: { readonly rows: number; readonly ratio: number };
  /** The timestamp column that places a row in an hour; null: the dataset has no hourly figures. */
  readonly eventTime: string | null;
  /** IANA zone of timestamps that carry no offset. */
  readonly timezone: string;
  /** Columns by which the hourly figures are broken down; empty: one line an hour. */
  readonly groupBy: readonly string[];
  readonly measures: readonly Measure[];
}

export type TextEncoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  /** Header texts that mean this column, compared trimmed and without regard to case. Never empty. */
  readonly headers: readonly string[];
  /** A row without a value here is rejected; a file without this header is quarantined. */
  readonly required: boolean;
  /** Of dates and timestamps, e.g. `M/D/YY H:mm`, tried in this order; empty: ISO 8601. */
  readonly formats: readonly string[];
  /** In place of an empty value, or of one whose header the file lacks; dates in ISO 8601. Null: there is none. */
  readonly default: string | null;
  /** Of numbers, and of dates and timestamps in ISO 8601, both included. Null: no bound. */
  readonly min: string | null;
  readonly max: string | null;
  /** A regular expression that the whole text must match; null: any text. */
  readonly pattern: string | null;
}

export type ColumnType =
  | { readonly kind: 'text' | 'integer' | 'bigint' | 'boolean' | 'date' | 'timestamp' }
  /** Text, one of these, compared without regard to case and kept as written here. */
  | { readonly kind: 'enum'; readonly values: readonly string[] }
  /** Both null: any precision. */
  | { readonly kind: 'numeric'; readonly precision: number | null; readonly scale: number | null };

export interface Measure {
  readonly name: string;
  readonly function: 'count' | 'sum' | 'avg' | 'min' | 'max';
  /** Null for `count(*)` alone. */
  readonly column: string | null;
}
