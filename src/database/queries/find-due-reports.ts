import type { Sql } from '../connection.ts';

export interface DueRules {
  /** ISO 8601: hours that end later are not over yet. */
  readonly nominalTime: string;
  readonly datasets: readonly string[];
  readonly newestHours: number;
  readonly atMost: number;
}

/**
 * Start times of the hours that are over, have figures, and have no workbook that shows them: hours of the last
 * `newestHours` that were never published, and hours of any age whose figures, or those of the hour before that stand
 * beside them, changed after they were published, or that a run began to publish anew and did not. Newest first.
 */
export async function findDueHours(sql: Sql, rules: DueRules): Promise<Date[]> {
  const rows = await sql<{ hour: Date }[]>`
    with figures as (
      select hour, max(computed_at) as computed_at, sum(rows) as rows
      from aggregated_hours where dataset = any(${rules.datasets as string[]}) group by hour)
    select figures.hour
    from figures
    left join figures before on before.hour = figures.hour - interval '1 hour'
    left join reports on kind = 'hourly' and period_start = figures.hour
    where figures.hour + interval '1 hour' <= ${rules.nominalTime}::timestamptz
      and case
        when reports.published_at is null
          then figures.rows > 0
            and figures.hour > ${rules.nominalTime}::timestamptz - make_interval(hours => ${rules.newestHours} + 1)
        else greatest(figures.computed_at, before.computed_at) > reports.generated_at
          or reports.published_at < reports.generated_at
      end
    order by figures.hour desc limit ${rules.atMost}`;
  return rows.map((row) => row.hour);
}
