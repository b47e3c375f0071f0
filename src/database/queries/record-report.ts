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

export async function recordReport(sql: Sql, periodStart: string, published: Publication): Promise<void> {
  await sql`
    update reports set published_at = now(), path = ${published.path}, sha256 = ${published.sha256}, size_bytes = ${published.bytes}
    where kind = 'hourly' and period_start = ${periodStart}`;
}
