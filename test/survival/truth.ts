import type { GeneratedFile } from './generated-files.ts';
import { generateSales, generateUnreadable, hourOf } from './generated-files.ts';

/** What was generated, and what follows from it for everything that the product keeps. */
export interface Truth {
  /** As they lie in the library now. */
  readonly files: readonly GeneratedFile[];
  /** Versions whose place another one has taken. */
  readonly former: readonly GeneratedFile[];
  /** In the order in which the runs were started. */
  readonly runs: readonly RunTruth[];
}

/** A row of run_history. */
export interface RunTruth {
  readonly status: 'succeeded';
  readonly listed: number;
  readonly skipped: number;
  readonly downloaded: number;
  readonly ingested: number;
  readonly quarantined: number;
  readonly failed: 0;
  readonly rows_loaded: number;
  readonly rows_rejected: number;
  readonly rows_aggregated: number;
}

/** A file that no dataset claims: listed and left alone. */
export const unclaimed = 'notes.txt';

/** Three files, each larger than one buffer of COPY (128 KB), and one that must be refused whole. */
export function fewFiles(): GeneratedFile[] {
  const sales = [1, 2, 3].map((number) =>
    generateSales(`sales ${number}.csv`, { rows: 2200, firstId: number * 10_000 }),
  );
  return [...sales, generateUnreadable('sales of a workbook.csv')];
}

/** After one run of all files. */
export function truthOf(files: readonly GeneratedFile[]): Truth {
  return { files, former: [], runs: [runOf(files, files)] };
}

/** After one more run, for which these files were put into the library in addition, or in place of earlier ones. */
export function andThen({ files, former, runs }: Truth, put: readonly GeneratedFile[]): Truth {
  const paths = new Set(put.map(({ path }) => path));
  const overtaken = files.filter(({ path }) => paths.has(path));
  const now = [...files.filter(({ path }) => !paths.has(path)), ...put];
  return {
    files: now,
    former: [...former, ...overtaken],
    runs: [...runs, runOf(now, put, overtaken)],
  };
}

function runOf(
  all: readonly GeneratedFile[],
  put: readonly GeneratedFile[],
  overtaken: readonly GeneratedFile[] = [],
): RunTruth {
  const good = put.filter(({ refusal }) => refusal === null);
  const touched = new Set([...put, ...overtaken].flatMap(({ rows }) => rows).map(hourOf));
  const listed = all.length + 1;
  return {
    status: 'succeeded',
    listed,
    skipped: listed - put.length,
    downloaded: put.length,
    ingested: good.length,
    quarantined: put.length - good.length,
    failed: 0,
    rows_loaded: sum(good, ({ rows }) => rows.length),
    rows_rejected: sum(good, ({ rejects }) => rejects.length),
    rows_aggregated: sum(all, ({ rows }) => rows.filter((row) => touched.has(hourOf(row))).length),
  };
}

export function sum<Item>(items: readonly Item[], figure: (item: Item) => number): number {
  return items.reduce((total, item) => total + figure(item), 0);
}
