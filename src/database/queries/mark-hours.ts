import type { Dataset } from '../../domain/dataset.ts';
import type { Transaction } from '../connection.ts';

export interface MarkedFile {
  readonly fileId: number;
  readonly dataset: Dataset;
  /** IANA zone whose hours the figures are in. */
  readonly reportZone: string;
}

/** Rows by event time; each lies within one hour of any zone. */
export interface TimedRows {
  /** Seconds since 1970. */
  readonly start: number;
  readonly rows: number;
  readonly firstLine: number;
  readonly lastLine: number;
}

/** Notes the hours that the file has rows in, and that their figures are out of date. */
export async function noteHours(
  tx: Transaction,
  { fileId, dataset, reportZone }: MarkedFile,
  counted: readonly TimedRows[],
): Promise<void> {
  for (let start = 0; start < counted.length; start += 10_000) {
    const page = counted.slice(start, start + 10_000);
    await tx`
      with noted as (
      insert into file_hours as known (file_id, dataset, hour, rows, first_line, last_line)
      select ${fileId}::bigint, ${dataset.name}, date_trunc('hour', to_timestamp(start), ${reportZone}),
        sum(rows), min(first_line), max(last_line)
      from unnest(
        ${page.map((each) => each.start)}::float8[], ${page.map((each) => each.rows)}::bigint[],
        ${page.map((each) => each.firstLine)}::bigint[], ${page.map((each) => each.lastLine)}::bigint[])
        as counted (start, rows, first_line, last_line)
      group by 3
      on conflict (file_id, hour) do update set rows = known.rows + excluded.rows,
        first_line = least(known.first_line, excluded.first_line), last_line = greatest(known.last_line, excluded.last_line)
      returning dataset, hour, file_id)
      ${markStale(tx)}`;
  }
}

/** The same by the rows themselves: some have been taken out since they were counted. */
export async function noteHoursOfRows(
  tx: Transaction,
  { fileId, dataset: { name, eventTime }, reportZone }: MarkedFile,
): Promise<void> {
  if (eventTime === null) return;
  await tx`
    with noted as (
    insert into file_hours (file_id, dataset, hour, rows, first_line, last_line)
    select _file_id, ${name}, date_trunc('hour', ${tx(eventTime)}, ${reportZone}), count(*), min(_line), max(_line)
    from ${tx(`datasets.${name}`)}
    where _file_id = ${fileId} and ${tx(eventTime)} is not null
    group by 1, 3
    returning dataset, hour, file_id)
    ${markStale(tx)}`;
}

function markStale(tx: Transaction) {
  return tx`insert into stale_hours (dataset, hour, file_id) select dataset, hour, file_id from noted`;
}
