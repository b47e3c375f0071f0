import type { Sql } from '../connection.ts';

/**
 * Start times of the hours that are over, have figures, and have no workbook that shows them: hours of the last
 * `newestHours` that were never published, and hours of any age whose figures changed after they were published. Newest first.
 */
export async function findDueHours(
  sql: Sql,
  nominalTime: string,
  rules: { readonly newestHours: number; readonly atMost: number },
): Promise<Date[]> {
  const rows = await sql<{ hour: Date }[]>`
    select figures.hour
    from (select hour, max(computed_at) as computed_at, sum(rows) as rows from aggregated_hours group by hour) figures
    left join reports on kind = 'hourly' and period_start = figures.hour
    where figures.hour + interval '1 hour' <= ${nominalTime}::timestamptz
      and case
        when reports.published_at is null
          then figures.rows > 0 and figures.hour > ${nominalTime}::timestamptz - make_interval(hours => ${rules.newestHours} + 1)
        else figures.computed_at > reports.generated_at
      end
    order by figures.hour desc limit ${rules.atMost}`;
  return rows.map((row) => row.hour);
}
