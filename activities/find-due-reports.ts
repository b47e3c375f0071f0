import { withDatabase } from '../src/database/connection.ts';
import { findDueHours } from '../src/database/queries/find-due-reports.ts';
import { findDueUploads } from '../src/database/queries/report-uploads.ts';
import { hourlyReportName } from '../src/reports/report-name.ts';
import type { Activities } from './contract.ts';
import type { Dependencies } from './dependencies.ts';
import { guarded } from './guarded.ts';

/**
 * Old data that is loaded for the first time gets no workbook for each of its hours, but a day's outage loses none.
 * A run builds a hundred; the next one goes on.
 */
const rules = { newestHours: 24, atMost: 100 };

export function findDueReports({ settings, sql }: Dependencies): Activities['findDueReports'] {
  return guarded('once', async ({ nominalTime }) => {
    if (!settings.reports.hourly) return [];
    const hours = await withDatabase(() =>
      findDueHours(sql, { ...rules, nominalTime, datasets: settings.datasets.map(({ name }) => name) }),
    );
    const due = hours.map((hour) => ({
      kind: 'hourly' as const,
      periodStart: hour.toISOString(),
      name: hourlyReportName(hour, settings.scheduler.timezone),
    }));
    if (settings.reports.sharepointFolder === null) return due;
    const uploads = await withDatabase(() => findDueUploads(sql, rules.atMost));
    return [
      ...due.map((report) => ({ ...report, upload: 'too' as const })),
      ...uploads
        .map(({ periodStart, name }) => ({ periodStart: periodStart.toISOString(), name }))
        .filter(({ periodStart }) => due.every((report) => report.periodStart !== periodStart))
        .map((report) => ({ ...report, kind: 'hourly' as const, upload: 'only' as const })),
    ];
  });
}
