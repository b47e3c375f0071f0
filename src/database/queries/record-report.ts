import type { Sql } from '../connection.ts';
import { beginAs } from '../owned-transaction.ts';
import type { Owner } from '../owner.ts';
import { lockDataset } from './lock-dataset.ts';

export interface NewReport {
  readonly periodStart: string;
  readonly name: string;
  /** Whose figures it shows. */
  readonly datasets: readonly string[];
}

/**
 * The time that the report of this hour carries as its own. It is stored at the first attempt, so that a repeated one
 * builds equal bytes; a report whose figures have changed since gets a new one. An aggregation that is under way is
 * waited for: its figures would be older than the report, and not in it.
 */
export async function startReport(
  sql: Sql,
  owner: Owner,
  { periodStart, name, datasets }: NewReport,
): Promise<Date> {
  return beginAs(sql, owner, async (tx) => {
    for (const dataset of datasets.toSorted()) await lockDataset(tx, dataset);
    const [report] = await tx<[{ generated_at: Date }]>`
      insert into reports as known (kind, period_start, name, generated_at)
      values ('hourly', ${periodStart}, ${name}, clock_timestamp())
      on conflict (kind, period_start) do update set
        name = excluded.name,
        generated_at = case
          when known.generated_at < (
            select max(computed_at) from aggregated_hours
            where hour in (known.period_start, known.period_start - interval '1 hour'))
          then excluded.generated_at else known.generated_at end
      returning generated_at`;
    return report.generated_at;
  });
}

export interface Publication {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** What stands in the report's place, when that was built later than this time and so shows newer figures; null: nothing. */
export async function readNewerPublication(
  sql: Sql,
  periodStart: string,
  generatedAt: Date,
): Promise<Publication | null> {
  const [newer] = await sql<Publication[]>`
    select path, sha256, size_bytes as bytes from reports
    where kind = 'hourly' and period_start = ${periodStart} and ${isNewer(sql, generatedAt)}
      and published_at >= generated_at`;
  return newer ?? null;
}

/**
 * Records what was published at this time. A workbook that took the place of a newer one, since its attempt was stopped
 * just before the rename, is due again.
 */
export async function recordReport(
  sql: Sql,
  periodStart: string,
  generatedAt: Date,
  published: Publication & { readonly uploadDue?: boolean },
): Promise<void> {
  await sql`
    update reports set generated_at = case when ${isNewer(sql, generatedAt)} then 'epoch' else generated_at end,
      upload_due = ${published.uploadDue ?? false},
      published_at = now(), path = ${published.path}, sha256 = ${published.sha256}, size_bytes = ${published.bytes}
    where kind = 'hourly' and period_start = ${periodStart}`;
}

function isNewer(sql: Sql, generatedAt: Date) {
  return sql`date_trunc('milliseconds', generated_at) > ${generatedAt}`;
}
