import type { WriteSheet } from 'hucre';

import type { HourlyReport, SourceFile } from '../domain/hourly-report.ts';
import { wallTime } from '../zones/zone-time.ts';
import { figureCell, textCell } from './cell-values.ts';
import { countFormat } from './figure-format.ts';
import { labelOf } from './labels.ts';
import type { ListSheet } from './list-sheet.ts';
import { listSheet } from './list-sheet.ts';
import { periodText } from './period-text.ts';
import type { GridRow } from './sheet-grid.ts';
import { fileNumber, widthFor } from './sheet-grid.ts';
import { body, fixedWidth, quiet } from './workbook-styles.ts';

/** From which lines of which files the figures were made. */
export function sourcesSheet(report: HourlyReport, name: string): WriteSheet {
  return listSheet({
    name,
    title: 'Sources',
    note: 'Every figure comes from the rows of this hour between the first and the last line of the files that its column Files names.',
    table: 'source_files',
    columns: columnsOf(report),
    rows: report.sources.map((file) => sourceRow(file, report.zone)),
    below: [],
    filter: false,
    empty: 'No file has rows in this hour.',
    footer: `Hourly report, ${periodText(report)}, ${report.zone}`,
  });
}

function columnsOf({ sources, zone }: HourlyReport): ListSheet['columns'] {
  const ingested = `Ingested (${zone})`;
  const names = sources.map((file) => file.name);
  const datasets = sources.map((file) => labelOf(file.dataset));
  const paths = sources.map((file) => file.path);
  return [
    { header: 'File', width: 9, side: 'left' },
    { header: 'Name', width: widthFor(names, 24, 44), side: 'left' },
    { header: 'Dataset', width: widthFor(datasets, 16, 30), side: 'left' },
    { header: 'Rows in this hour', width: 19, side: 'right' },
    { header: 'First line', width: 12, side: 'right' },
    { header: 'Last line', width: 12, side: 'right' },
    { header: 'Rejected rows', width: 16, side: 'right' },
    { header: ingested, width: widthFor([ingested], 22, 44), side: 'left' },
    { header: 'Path', width: widthFor(paths, 24, 60), side: 'left' },
    { header: 'SHA-256', width: 66, side: 'left' },
  ];
}

function sourceRow(file: SourceFile, zone: string): GridRow {
  const counts = [file.rowsInHour, file.firstLine, file.lastLine, file.rowsRejected];
  return [
    figureCell(file.fileId, false, body('left', fileNumber)),
    textCell(file.name, body('left')),
    textCell(labelOf(file.dataset), body('left')),
    ...counts.map((count) => figureCell(count, false, body('right', countFormat.numFmt))),
    {
      value: new Date(wallTime(zone, Date.parse(file.ingestedAt))),
      style: quiet('left', 'yyyy-mm-dd hh:mm:ss'),
    },
    textCell(file.path, quiet('left')),
    textCell(file.sha256, fixedWidth()),
  ];
}
