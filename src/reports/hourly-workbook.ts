import type { NamedRange, WriteSheet } from 'hucre';
import { writeXlsx } from 'hucre';

import type { HourlyReport } from '../domain/hourly-report.ts';
import { datasetSheet } from './dataset-sheet.ts';
import { sheetNames } from './labels.ts';
import { headerRow } from './list-sheet.ts';
import { periodText } from './period-text.ts';
import { rejectsSheet } from './rejects-sheet.ts';
import { onSheet } from './sheet-grid.ts';
import { sourcesSheet } from './sources-sheet.ts';
import { summarySheet } from './summary-sheet.ts';
import { defaultFont } from './workbook-styles.ts';

const summary = 'Summary';
const sources = 'Sources';
const rejects = 'Rejected rows';

/** The workbook (.xlsx) of one hour. Equal reports give equal bytes. Nothing in it is a formula. */
export async function renderHourlyWorkbook(report: HourlyReport): Promise<Uint8Array> {
  const datasets = sheetNames(
    report.datasets.map((figures) => figures.dataset),
    [summary, sources, rejects],
  );
  const sheets = [
    summarySheet(report, { summary, datasets, rejects }),
    ...report.datasets.map((figures, index) => datasetSheet(figures, report, datasets[index] ?? '')),
    sourcesSheet(report, sources),
    rejectsSheet(report, rejects),
  ];
  const generatedAt = new Date(report.generatedAt);
  return writeXlsx({
    sheets,
    defaultFont,
    namedRanges: printTitles(sheets),
    properties: {
      title: `Hourly report, ${periodText(report)}, ${report.zone}`,
      creator: 'charlie-reporting',
      created: generatedAt,
      modified: generatedAt,
    },
  });
}

/** The headers of a list, on every page. The writer's own way to say so breaks on sheet names with spaces. */
function printTitles(sheets: readonly WriteSheet[]): NamedRange[] {
  const row = headerRow + 1;
  return sheets
    .filter((sheet) => sheet.freezePane !== undefined)
    .map((sheet) => ({
      name: '_xlnm.Print_Titles',
      range: onSheet(sheet.name, `$${row}:$${row}`),
      scope: sheet.name,
    }));
}
