import type { WriteSheet } from 'hucre';

import type { HourlyReport, RejectedRow } from '../domain/hourly-report.ts';
import { figureCell, textCell } from './cell-values.ts';
import type { ListSheet } from './list-sheet.ts';
import { listSheet } from './list-sheet.ts';
import { periodText } from './period-text.ts';
import type { GridRow } from './sheet-grid.ts';
import { fileNumber, widthFor } from './sheet-grid.ts';
import { body, fixedWidth } from './workbook-styles.ts';

/** What was refused in the source files, and why. */
export function rejectsSheet(report: HourlyReport, name: string): WriteSheet {
  const omitted = report.rejectsOmitted.toLocaleString('en-US');
  return listSheet({
    name,
    title: 'Rejected rows',
    note: `Rows of the source files that were not loaded; no figure contains them.${
      report.rejectsOmitted === 0 ? '' : ` ${omitted} more are kept in the database.`
    }`,
    table: 'rejected_rows',
    columns: columnsOf(report.rejects),
    rows: report.rejects.map(rejectRow),
    below: [],
    filter: true,
    empty: 'No row was rejected.',
    footer: `Hourly report, ${periodText(report)}, ${report.zone}`,
  });
}

function columnsOf(rejects: readonly RejectedRow[]): ListSheet['columns'] {
  const names = rejects.map((row) => row.fileName);
  const columns = rejects.map((row) => row.column ?? '');
  const reasons = rejects.map((row) => row.reason);
  const details = rejects.map((row) => row.detail ?? '');
  const raws = rejects.map((row) => row.raw);
  return [
    { header: 'File', width: 10, side: 'left' },
    { header: 'Name', width: widthFor(names, 24, 44), side: 'left' },
    { header: 'Line', width: 10, side: 'left' },
    { header: 'Column', width: widthFor(columns, 16, 30), side: 'left' },
    { header: 'Reason', width: widthFor(reasons, 18, 36), side: 'left' },
    { header: 'Detail', width: widthFor(details, 24, 56), side: 'left' },
    { header: 'Row as it was read', width: widthFor(raws, 40, 80), side: 'left' },
  ];
}

function rejectRow(row: RejectedRow): GridRow {
  return [
    figureCell(row.fileId, false, body('left', fileNumber)),
    textCell(row.fileName, body('left')),
    figureCell(row.line, false, body('left', '0')),
    textCell(row.column, body('left')),
    textCell(row.reason, body('left')),
    textCell(row.detail, body('left')),
    textCell(row.raw, fixedWidth()),
  ];
}
