import type { Dataset, Measure } from '../../domain/dataset.ts';
import type { Sql, Transaction } from '../connection.ts';
import { beginAs } from '../owned-transaction.ts';
import type { Owner } from '../owner.ts';
import { lockDataset } from './lock-dataset.ts';
import { recordAggregation } from './record-aggregation.ts';

/** Hours computed in one transaction: keeps locks short when years of data are computed again. */
const hoursAtOnce = 500;

export interface Window {
  readonly from: string | null;
  readonly to: string;
}

/**
 * The hours that overlap the window, whose figures exist or should, are marked stale. The window begins and ends a
 * second late, so that its tick's own second belongs to it; no hour is stale because of that second.
 */
export async function markWindowStale(sql: Sql, window: Window): Promise<void> {
  await sql`
    insert into stale_hours (dataset, hour)
    select distinct dataset, hour from (
      select dataset, hour from file_hours union select dataset, hour from aggregated_hours) known
    where hour < ${window.to}::timestamptz - interval '1 second'
      and (${window.from}::timestamptz is null or hour + interval '1 hour' > ${window.from}::timestamptz)`;
}

/** When the dataset's figures, or the zone of their hours, mean something else than before: all hours are stale. */
export async function refreshDefinition(
  sql: Sql,
  owner: Owner,
  dataset: Dataset,
  zone: string,
): Promise<void> {
  const definition = JSON.stringify([zone, dataset.eventTime, dataset.groupBy, dataset.measures]);
  await beginAs(sql, owner, async (tx) => {
    await lockDataset(tx, dataset.name);
    const changed = await tx`
      insert into aggregate_definitions as known (dataset, definition) values (${dataset.name}, ${definition})
      on conflict (dataset) do update set definition = excluded.definition where known.definition <> excluded.definition
      returning dataset`;
    if (changed.count === 0) return;
    await tx`
      insert into stale_hours (dataset, hour)
      select dataset, hour from aggregated_hours where dataset = ${dataset.name}`;
    await tx`delete from file_hours where dataset = ${dataset.name}`;
    if (dataset.eventTime === null) return;
    const table = tx(`datasets.${dataset.name}`);
    await tx`
      insert into file_hours (file_id, dataset, hour, rows, first_line, last_line)
      select _file_id, ${dataset.name}, date_trunc('hour', ${tx(dataset.eventTime)}, ${zone}), count(*), min(_line), max(_line)
      from ${table} where ${tx(dataset.eventTime)} is not null group by 1, 3`;
    await tx`
      insert into stale_hours (dataset, hour, file_id)
      select dataset, hour, file_id from file_hours where dataset = ${dataset.name}`;
  });
}

export interface AggregateOptions {
  /** IANA. */
  readonly zone: string;
  /** Whose record counts the rows; null: nobody's. */
  readonly runId: string | null;
  /** Called after each batch. */
  readonly onProgress: () => void;
}

/** Computes the stale hours of a dataset. Returns how many hours that were, and the rows that went into them. */
export async function aggregateStaleHours(
  sql: Sql,
  owner: Owner,
  dataset: Dataset,
  options: AggregateOptions,
): Promise<{ hours: number; rows: number }> {
  let hours = 0;
  let rows = 0;
  for (;;) {
    const done = await beginAs(sql, owner, async (tx) => {
      const some = await aggregateSome(tx, dataset, options.zone);
      if (options.runId !== null) await recordAggregation(tx, options.runId, some.rows);
      return some;
    });
    if (done.hours === 0) return { hours, rows };
    hours += done.hours;
    rows += done.rows;
    options.onProgress();
  }
}

/**
 * One batch. The lock keeps a second aggregator of this dataset out; the marks are deleted before the rows are read,
 * in a later statement of READ COMMITTED, so that an ingest that commits in between either is seen or leaves its mark.
 */
async function aggregateSome(
  tx: Transaction,
  dataset: Dataset,
  zone: string,
): Promise<{ hours: number; rows: number }> {
  await lockDataset(tx, dataset.name);
  const marks = await tx<{ hour: string }[]>`
    with batch as (
      select distinct hour from stale_hours where dataset = ${dataset.name} order by hour limit ${hoursAtOnce}),
    deleted as (
      delete from stale_hours using batch
      where stale_hours.dataset = ${dataset.name} and stale_hours.hour = batch.hour
      returning stale_hours.hour)
    select distinct hour::text as hour from deleted`;
  const hours = marks.map((mark) => mark.hour);
  if (hours.length === 0) return { hours: 0, rows: 0 };

  await tx`delete from hourly_aggregates where dataset = ${dataset.name} and hour = any(${hours}::timestamptz[])`;
  if (dataset.eventTime !== null) await insertGroups(tx, dataset, zone, hours);
  const rows = await insertTotals(tx, dataset, zone, hours);
  return { hours: hours.length, rows };
}

async function insertGroups(
  tx: Transaction,
  dataset: Dataset,
  zone: string,
  hours: readonly string[],
): Promise<void> {
  const keys = dataset.groupBy.map((column) => `"${column}"::text`).join(', ');
  await tx`
    insert into hourly_aggregates (dataset, hour, group_key, rows, measures, file_ids)
    select ${dataset.name}, _hour, array[${tx.unsafe(keys)}]::text[], count(*), ${measures(tx, dataset.measures)},
      array_agg(distinct _file_id)
    from (${rowsOf(tx, dataset, zone, hours)}) as fact
    group by 2, 3`;
}

/** Totals are computed from the rows, since averages of groups cannot be added up. An hour without rows keeps a line of zeros. */
async function insertTotals(
  tx: Transaction,
  dataset: Dataset,
  zone: string,
  hours: readonly string[],
): Promise<number> {
  const rows =
    dataset.eventTime === null
      ? tx`select null::timestamptz as _hour where false`
      : rowsOf(tx, dataset, zone, hours);
  const written = await tx<{ rows: number }[]>`
    insert into aggregated_hours (dataset, hour, computed_at, rows, measures)
    select ${dataset.name}, stale.hour, clock_timestamp(), count(fact._hour),
      ${dataset.eventTime === null ? tx`'[]'::jsonb` : measures(tx, dataset.measures)}
    from unnest(${hours as string[]}::timestamptz[]) as stale (hour) left join (${rows}) as fact on fact._hour = stale.hour
    group by stale.hour
    on conflict (dataset, hour) do update set
      computed_at = excluded.computed_at, rows = excluded.rows, measures = excluded.measures
    returning rows`;
  return written.reduce((sum, hour) => sum + hour.rows, 0);
}

/** The rows of those hours, found by the index on the event's time: an hour of any zone lies within a UTC range. */
function rowsOf(tx: Transaction, dataset: Dataset, zone: string, hours: readonly string[]) {
  const time = tx(dataset.eventTime ?? '');
  return tx`
    select rows.*, touched.hour as _hour
    from unnest(${hours as string[]}::timestamptz[]) as touched (hour)
    join ${tx(`datasets.${dataset.name}`)} as rows
      on rows.${time} >= touched.hour and rows.${time} < touched.hour + interval '1 hour'
      and date_trunc('hour', rows.${time}, ${zone}) = touched.hour`;
}

function measures(tx: Transaction, list: readonly Measure[]) {
  return tx.unsafe(`jsonb_build_array(${list.map(measureExpression).join(', ')})`);
}

/** Averages are rounded to four places: enough for people, and the same digits on every machine. */
function measureExpression(measure: Measure): string {
  if (measure.column === null) return 'count(fact._hour)';
  const column = `fact."${measure.column}"`;
  return measure.function === 'avg' ? `round(avg(${column}), 4)` : `${measure.function}(${column})`;
}
