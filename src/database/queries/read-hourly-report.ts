import type { Dataset } from '../../domain/dataset.ts';
import type {
  DatasetFigures,
  Figure,
  GroupFigures,
  HourlyReport,
  RejectedRow,
  SourceFile,
} from '../../domain/hourly-report.ts';
import type { Sql, Transaction } from '../connection.ts';
import { beginAs } from '../owned-transaction.ts';
import type { Owner } from '../owner.ts';

/** More rejected rows than this are counted, not listed. */
const listedRejects = 500;

export interface HourlyReportScope {
  readonly periodStart: string;
  readonly zone: string;
  readonly generatedAt: string;
  /** Those with hourly figures, in the order of the settings. */
  readonly datasets: readonly Dataset[];
}

/** All that the workbook of one hour shows, from one snapshot of the database. */
export async function readHourlyReport(
  sql: Sql,
  owner: Owner,
  scope: HourlyReportScope,
): Promise<HourlyReport> {
  return beginAs(sql, owner, (tx) => readAll(tx, scope), 'isolation level repeatable read read only');
}

async function readAll(tx: Transaction, scope: HourlyReportScope): Promise<HourlyReport> {
  const hour = new Date(scope.periodStart);
  const sources = await readSources(tx, hour);
  const { rejects, total } = await readRejects(
    tx,
    sources.map((source) => source.fileId),
  );
  const datasets: DatasetFigures[] = [];
  for (const dataset of scope.datasets) datasets.push(await readFigures(tx, dataset, hour));
  return {
    periodStart: hour.toISOString(),
    periodEnd: new Date(hour.getTime() + 3_600_000).toISOString(),
    zone: scope.zone,
    generatedAt: scope.generatedAt,
    datasets,
    sources,
    rejects,
    rejectsOmitted: total - rejects.length,
  };
}

async function readFigures(tx: Transaction, dataset: Dataset, hour: Date): Promise<DatasetFigures> {
  const groups = await tx<GroupFigures[]>`
    select to_jsonb(group_key) as key, rows, to_jsonb(array(select jsonb_array_elements_text(measures))) as values,
      to_jsonb(file_ids) as "fileIds"
    from hourly_aggregates where dataset = ${dataset.name} and hour = ${hour}
    order by group_key`;
  const totals = await tx<{ hour: Date; rows: number; values: Figure[] }[]>`
    select hour, rows, to_jsonb(array(select jsonb_array_elements_text(measures))) as values
    from aggregated_hours
    where dataset = ${dataset.name} and hour in (${hour}, ${hour}::timestamptz - interval '1 hour')`;
  const [now, before] = [
    totals.find((total) => total.hour.getTime() === hour.getTime()),
    totals.find((total) => total.hour.getTime() !== hour.getTime()),
  ];
  const none = dataset.measures.map(() => null);
  return {
    dataset: dataset.name,
    groupBy: dataset.groupBy,
    measures: dataset.measures.map(({ name, function: fn }) => ({ name, function: fn })),
    rows: now?.rows ?? 0,
    groups: groups.map((group) => ({ ...group })),
    total: now?.values ?? none,
    previousTotal: before?.values ?? none,
    previousRows: before?.rows ?? 0,
  };
}

async function readSources(tx: Transaction, hour: Date): Promise<SourceFile[]> {
  const rows = await tx<(Omit<SourceFile, 'ingestedAt'> & { ingestedAt: Date })[]>`
    select file_id as "fileId", name, path, hours.dataset, sha256, ended_at as "ingestedAt", rows as "rowsInHour",
      first_line as "firstLine", last_line as "lastLine", rows_rejected as "rowsRejected"
    from file_hours hours join ingestion_log using (file_id)
    where hours.hour = ${hour} and state = 'ingested'
    order by hours.dataset, path, file_id`;
  return rows.map((row) => ({ ...row, ingestedAt: row.ingestedAt.toISOString() }));
}

async function readRejects(
  tx: Transaction,
  fileIds: readonly number[],
): Promise<{ rejects: RejectedRow[]; total: number }> {
  const rejects = await tx<RejectedRow[]>`
    select file_id as "fileId", name as "fileName", line, column_name as column, rejects.reason, rejects.detail, raw
    from rejects join ingestion_log using (file_id)
    where file_id = any(${fileIds as number[]}::bigint[])
    order by file_id, line, byte_offset limit ${listedRejects}`;
  const [counted] = await tx<[{ total: number }]>`
    select count(*) as total from rejects where file_id = any(${fileIds as number[]}::bigint[])`;
  return { rejects: rejects.map((row) => ({ ...row })), total: counted.total };
}
