import type { Measure } from './dataset.ts';

/** Everything that the workbook of one hour shows. */
export interface HourlyReport {
  /** ISO 8601 in UTC, as are the other times here. */
  readonly periodStart: string;
  /** Exclusive. */
  readonly periodEnd: string;
  /** IANA name of the reporting zone. */
  readonly zone: string;
  /** Fixed at the first attempt, so that a report that is built again has equal bytes. */
  readonly generatedAt: string;
  readonly datasets: readonly DatasetFigures[];
  /** Every file that has rows in this hour. */
  readonly sources: readonly SourceFile[];
  /** Of those files; bounded, see `rejectsOmitted`. */
  readonly rejects: readonly RejectedRow[];
  /** How many more there are than `rejects` lists. */
  readonly rejectsOmitted: number;
}

export interface DatasetFigures {
  readonly dataset: string;
  readonly groupBy: readonly string[];
  readonly measures: readonly Pick<Measure, 'name' | 'function'>[];
  readonly rows: number;
  /** In the order in which they are to be shown. */
  readonly groups: readonly GroupFigures[];
  /** One value per measure, over all groups. */
  readonly total: readonly Figure[];
  /** The hour before, for comparison. */
  readonly previousTotal: readonly Figure[];
  readonly previousRows: number;
}

export interface GroupFigures {
  /** One value per `groupBy` column. */
  readonly key: readonly (string | null)[];
  readonly rows: number;
  /** One value per measure. */
  readonly values: readonly Figure[];
  /** The files that the rows came from. */
  readonly fileIds: readonly number[];
}

/** A string is the exact decimal text of a Postgres numeric, or the text of a `min` or `max` that is no number. */
export type Figure = number | string | null;

export interface SourceFile {
  readonly fileId: number;
  readonly name: string;
  readonly path: string;
  readonly dataset: string;
  readonly sha256: string;
  readonly ingestedAt: string;
  readonly rowsInHour: number;
  /** Lines of the file, counted from 1, between which the rows of this hour stand. */
  readonly firstLine: number;
  readonly lastLine: number;
  /** In the whole file: a rejected row has no hour. */
  readonly rowsRejected: number;
}

export interface RejectedRow {
  readonly fileId: number;
  readonly fileName: string;
  readonly line: number;
  /** Null when the row was refused as a whole. */
  readonly column: string | null;
  readonly reason: string;
  readonly detail: string | null;
  readonly raw: string;
}
