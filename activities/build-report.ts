import { log } from '@temporalio/activity';

import { withDatabase } from '../src/database/connection.ts';
import { readNewerPublication, recordReport, startReport } from '../src/database/queries/record-report.ts';
import { failpoint } from '../src/failpoints.ts';
import { publishWorkbook } from '../src/reports/publish-workbook.ts';
import type { Activities } from './contract.ts';
import { currentOwner } from './current-owner.ts';
import type { Dependencies } from './dependencies.ts';
import { guarded } from './guarded.ts';
import { renderReport } from './render-report.ts';

export function buildReport(dependencies: Dependencies): Activities['buildReport'] {
  const { settings, sql } = dependencies;
  return guarded('retry', async ({ periodStart, name }, progress) => {
    progress.current = name;
    const owner = currentOwner();
    const datasets = settings.datasets.filter((dataset) => dataset.eventTime !== null);
    const names = datasets.map((dataset) => dataset.name);
    const generatedAt = await withDatabase(() =>
      startReport(sql, owner, { periodStart, name, datasets: names }),
    );
    const { workbook, rows } = await renderReport(dependencies, owner, { periodStart, generatedAt });
    const newer = await withDatabase(() => readNewerPublication(sql, periodStart, generatedAt));
    if (newer !== null) return { ...newer, rows };
    const published = await publishWorkbook(settings.reports.dir, name, workbook, {
      of: `${owner.runId}-${owner.activityId}`,
      number: owner.attempt,
    });
    const uploadDue = settings.reports.sharepointFolder !== null;
    await withDatabase(() => recordReport(sql, periodStart, generatedAt, { ...published, uploadDue }));
    await failpoint('report-recorded');
    log.info('Report published', { stage: 'report', file: published.path, rows });
    return { ...published, rows };
  });
}
