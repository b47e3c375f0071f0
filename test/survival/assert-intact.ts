import { expect } from 'vitest';

import type { Pipeline } from '../support/pipeline.ts';
import { assertNoTraces, assertNothingLeft } from './assert-nothing-left.ts';
import type { GeneratedFile, GeneratedRow } from './generated-files.ts';
import { hourOf } from './generated-files.ts';
import { sum, type Truth } from './truth.ts';

type Files = Pick<Truth, 'files' | 'former'>;

/** Everything that the product keeps is what was generated, once; nothing is under way, half-done or left behind. */
export async function assertIntact(pipeline: Pipeline, truth: Truth): Promise<void> {
  await assertRuns(pipeline, truth);
  await assertLoaded(pipeline, truth);
}

/** The same beside a worker that is stopped in the middle of its statements, which Postgres keeps open. */
export async function assertIntactBeside(pipeline: Pipeline, truth: Truth): Promise<void> {
  await assertRuns(pipeline, truth);
  await assertKept(pipeline, truth);
  await assertNoTraces(pipeline, truth);
}

/** The same but for the records of the runs: where some of them failed or were ended. */
export async function assertLoaded(pipeline: Pipeline, truth: Files): Promise<void> {
  await assertKept(pipeline, truth);
  await assertNothingLeft(pipeline, truth);
}

async function assertKept(pipeline: Pipeline, truth: Files): Promise<void> {
  await assertLedger(pipeline, truth);
  await assertRows(pipeline, truth);
  await assertOneTransaction(pipeline);
  await assertFigures(pipeline, truth);
}

async function assertRuns({ sql }: Pipeline, { runs }: Truth): Promise<void> {
  const recorded = await sql`
    select status, listed, skipped, downloaded, ingested, quarantined, failed, rows_loaded, rows_rejected, rows_aggregated
    from charlie.run_history order by start_ts`;
  expect([...recorded]).toEqual(runs);
  const files = await sql<{ state: string; files: number }[]>`
    select state, count(*) as files from charlie.run_files group by state order by state`;
  expect(Object.fromEntries(files.map(({ state, files: count }) => [state, count]))).toEqual(
    Object.fromEntries(
      [
        ['ingested', sum(runs, ({ ingested }) => ingested)] as const,
        ['quarantined', sum(runs, ({ quarantined }) => quarantined)] as const,
      ].filter(([, count]) => count > 0),
    ),
  );
}

async function assertLedger({ sql }: Pipeline, { files, former }: Files): Promise<void> {
  const ledger = await sql`
    select log.path, log.state, log.sha256, log.reason, log.rows_read, log.rows_loaded, log.rows_rejected, log.rows_duplicate,
      log.rows_blank, successor.sha256 as successor, log.ended_at is not null as ended
    from charlie.ingestion_log log left join charlie.ingestion_log successor on successor.file_id = log.replaced_by
    order by log.path, log.file_id`;
  const expected = [
    ...former.map((file) => ({
      ...ledgerRow(file),
      state: 'replaced',
      successor: files.find(({ path }) => path === file.path)?.sha256,
    })),
    ...files.map(ledgerRow),
  ];
  expect(differences(ledger.map(text), expected.map(text))).toEqual(none);
}

function ledgerRow({ path, sha256, refusal, rows, rejects, duplicates, blanks }: GeneratedFile) {
  const refused = refusal !== null;
  return {
    path,
    state: refused ? 'quarantined' : 'ingested',
    sha256,
    reason: refusal,
    rows_read: refused ? null : rows.length + rejects.length + duplicates + blanks,
    rows_loaded: refused ? null : rows.length,
    rows_rejected: refused ? null : rejects.length,
    rows_duplicate: refused ? null : duplicates,
    rows_blank: refused ? null : blanks,
    successor: null as string | null | undefined,
    ended: true,
  };
}

async function assertRows({ sql }: Pipeline, { files }: Files): Promise<void> {
  const rows = await sql`
    select log.path, _line as line, id, to_char(sold_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "soldAt", shop,
      (amount * 100)::bigint as cents
    from datasets.sales left join charlie.ingestion_log log on file_id = _file_id`;
  const expected = files.flatMap(({ path, rows: list }) =>
    list.map(({ line, id, soldAt, shop, cents }) => ({ path, line, id, soldAt, shop, cents })),
  );
  expect(differences(rows.map(text), expected.map(text))).toEqual(none);

  const rejects = await sql`
    select log.path, line, column_name as column, raw from charlie.rejects join charlie.ingestion_log log using (file_id)`;
  const refused = files.flatMap(({ path, rejects: list }) =>
    list.map(({ line, column, raw }) => ({ path, line, column, raw })),
  );
  expect(differences(rejects.map(text), refused.map(text))).toEqual(none);
}

/**
 * Rows and rejects bear the transaction that ended their file in the ledger: there was no moment with some of them alone. A move at
 * the source is written into the ledger later.
 */
async function assertOneTransaction({ sql }: Pipeline): Promise<void> {
  const apart = await sql`
    select part, log.path, count(*) as rows
    from (
      select 'rows' as part, _file_id as file_id, xmin::text as transaction from datasets.sales
      union all select 'rejects', file_id, xmin::text from charlie.rejects) parts
    join charlie.ingestion_log log using (file_id)
    join charlie.drive_items item using (source_id, item_id)
    where parts.transaction <> log.xmin::text and item.moved_at is null
    group by part, log.path`;
  expect([...apart]).toEqual([]);
}

async function assertFigures({ sql }: Pipeline, { files }: Files): Promise<void> {
  const rows = files.flatMap((file) => file.rows);
  const groups = Map.groupBy(rows, (row) => JSON.stringify([hourOf(row), [row.shop]]));
  const figures = await sql`
    select to_char(hour at time zone 'UTC', ${isoHour}) as hour, to_jsonb(group_key) as "group", rows,
      (measures->>0)::bigint as count, ((measures->>1)::numeric * 100)::bigint as cents
    from charlie.hourly_aggregates`;
  expect(differences(figures.map(text), [...groups].map(figureText))).toEqual(none);

  const byHour = Map.groupBy(rows, (row) => JSON.stringify([hourOf(row), null]));
  const totals = await sql`
    select to_char(hour at time zone 'UTC', ${isoHour}) as hour, null as "group", rows,
      (measures->>0)::bigint as count, ((measures->>1)::numeric * 100)::bigint as cents
    from charlie.aggregated_hours where rows > 0`;
  expect(differences(totals.map(text), [...byHour].map(figureText))).toEqual(none);
}

const isoHour = 'YYYY-MM-DD"T"HH24:00:00.000Z';

function figureText([key, rows]: readonly [string, readonly GeneratedRow[]]): string {
  const [hour, group] = JSON.parse(key) as [string, string[] | null];
  return text({ hour, group, rows: rows.length, count: rows.length, cents: sum(rows, ({ cents }) => cents) });
}

function text(row: object): string {
  return JSON.stringify(row);
}

const none = { missing: [], surplus: [] };

/** The first few that stand in one list more often than in the other. */
function differences(actual: readonly string[], expected: readonly string[]): typeof none {
  const balance = new Map<string, number>();
  for (const item of expected) balance.set(item, (balance.get(item) ?? 0) + 1);
  for (const item of actual) balance.set(item, (balance.get(item) ?? 0) - 1);
  const some = (wanted: (count: number) => boolean): string[] =>
    [...balance]
      .flatMap(([item, count]) => (wanted(count) ? [`${item} (${Math.abs(count)} times)`] : []))
      .slice(0, 5);
  return { missing: some((count) => count > 0), surplus: some((count) => count < 0) } as typeof none;
}
