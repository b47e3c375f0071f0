import { withDatabase } from '../src/database/connection.ts';
import type { Owner } from '../src/database/owner.ts';
import { readHourlyReport } from '../src/database/queries/read-hourly-report.ts';
import { renderHourlyWorkbook } from '../src/reports/hourly-workbook.ts';
import type { Dependencies } from './dependencies.ts';

export interface RenderedReport {
  readonly workbook: Uint8Array;
  readonly rows: number;
}

/** The same figures at the same time give equal bytes, on whatever host. */
export async function renderReport(
  { settings, sql }: Dependencies,
  owner: Owner,
  { periodStart, generatedAt }: { readonly periodStart: string; readonly generatedAt: Date },
): Promise<RenderedReport> {
  const report = await withDatabase(() =>
    readHourlyReport(sql, owner, {
      periodStart,
      zone: settings.scheduler.timezone,
      generatedAt: generatedAt.toISOString(),
      datasets: settings.datasets.filter((dataset) => dataset.eventTime !== null),
    }),
  );
  const rows = report.datasets.reduce((sum, dataset) => sum + dataset.rows, 0);
  return { workbook: await renderHourlyWorkbook(report), rows };
}
