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
  /** Never empty. Columns of the file that are not listed are ignored. */
  readonly columns: readonly Column[];
  /** Columns that name a row: a second row with the same key in one file is a duplicate. Empty: every row counts. */
  readonly key: readonly string[];
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
  /** Of dates and timestamps, e.g. `M/D/YY H:mm`; null: ISO 8601. */
  readonly format: string | null;
}

export type ColumnType =
  | { readonly kind: 'text' | 'integer' | 'bigint' | 'boolean' | 'date' | 'timestamp' }
  /** Both null: any precision. */
  | { readonly kind: 'numeric'; readonly precision: number | null; readonly scale: number | null };

export interface Measure {
  readonly name: string;
  readonly function: 'count' | 'sum' | 'avg' | 'min' | 'max';
  /** Null for `count(*)` alone. */
  readonly column: string | null;
}
