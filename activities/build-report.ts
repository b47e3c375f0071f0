import { Context, log } from '@temporalio/activity';

import { withDatabase } from '../src/database/connection.ts';
import { readHourlyReport } from '../src/database/queries/read-hourly-report.ts';
import { recordReport, startReport } from '../src/database/queries/record-report.ts';
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
    const report = await withDatabase(async () => {
      const datasets = settings.datasets.filter((dataset) => dataset.eventTime !== null);
      const names = datasets.map((dataset) => dataset.name);
      const generatedAt = await startReport(sql, owner, { periodStart, name, datasets: names });
      return readHourlyReport(sql, owner, {
        periodStart,
        zone: settings.scheduler.timezone,
        generatedAt: generatedAt.toISOString(),
        datasets,
      });
    });
    const { workflowExecution, activityId, attempt } = Context.current().info;
    const published = await publishWorkbook(settings.reports.dir, name, await renderHourlyWorkbook(report), {
      of: `${workflowExecution?.runId ?? ''}-${activityId}`,
      number: attempt,
    });
    await withDatabase(() => recordReport(sql, periodStart, published));
    await failpoint('report-recorded');
    const rows = report.datasets.reduce((sum, dataset) => sum + dataset.rows, 0);
    log.info('Report published', { stage: 'report', file: published.path, rows });
    return { ...published, rows };
  });
}
