import { log } from '@temporalio/activity';

import { withDatabase } from '../src/database/connection.ts';
import { readHourlyReport } from '../src/database/queries/read-hourly-report.ts';
import { readNewerPublication, recordReport, startReport } from '../src/database/queries/record-report.ts';
import { failpoint } from '../src/failpoints.ts';
import { renderHourlyWorkbook } from '../src/reports/hourly-workbook.ts';
import { publishWorkbook } from '../src/reports/publish-workbook.ts';
import type { Activities } from './contract.ts';
import { currentOwner } from './current-owner.ts';
import type { Dependencies } from './dependencies.ts';
import { guarded } from './guarded.ts';

export function buildReport({ settings, sql }: Dependencies): Activities['buildReport'] {
  return guarded('retry', async ({ periodStart, name }, progress) => {
    progress.current = name;
    const owner = currentOwner();
    const datasets = settings.datasets.filter((dataset) => dataset.eventTime !== null);
    const names = datasets.map((dataset) => dataset.name);
    const generatedAt = await withDatabase(() =>
      startReport(sql, owner, { periodStart, name, datasets: names }),
    );
    const report = await withDatabase(() =>
      readHourlyReport(sql, owner, {
        periodStart,
        zone: settings.scheduler.timezone,
        generatedAt: generatedAt.toISOString(),
        datasets,
      }),
    );
    const rows = report.datasets.reduce((sum, dataset) => sum + dataset.rows, 0);
    const workbook = await renderHourlyWorkbook(report);
    const newer = await withDatabase(() => readNewerPublication(sql, periodStart, generatedAt));
    if (newer !== null) return { ...newer, rows };
    const published = await publishWorkbook(settings.reports.dir, name, workbook, {
      of: `${owner.runId}-${owner.activityId}`,
      number: owner.attempt,
    });
    await withDatabase(() => recordReport(sql, periodStart, generatedAt, published));
    await failpoint('report-recorded');
    log.info('Report published', { stage: 'report', file: published.path, rows });
    return { ...published, rows };
  });
}
