import type { SheetChart, TableDefinition, WriteSheet } from 'hucre';

import type { DatasetFigures, Figure, HourlyReport } from '../domain/hourly-report.ts';
import { figureCell, textCell } from './cell-values.ts';
import type { FigureFormat } from './figure-format.ts';
import { changeOf, countFormat, figureFormat } from './figure-format.ts';
import { labelOf } from './labels.ts';
import { localMinute, periodText, zoneText } from './period-text.ts';
import type { GridCell, GridRow } from './sheet-grid.ts';
import { cellsOf, onSheet, plainTable, printFooter, printSetup, range, rowHeights } from './sheet-grid.ts';
import * as styles from './workbook-styles.ts';

const widths = [28, 26, 17, 17, 15, 14];
const ratioFormat = '"\u25B2 "0.0%;"\u25BC "0.0%;"\u2013 "0.0%';
const rowsHeaders = ['Dataset', 'By', 'Rows this hour', 'Hour before', 'Change', 'Change %'];
const totalsHeaders = ['Dataset', 'Figure', 'This hour', 'Hour before', 'Change', 'Change %'];

const gap: Line = { height: 12, cells: [] };

export interface SummarySheetNames {
  readonly summary: string;
  /** By position in `report.datasets`. */
  readonly datasets: readonly string[];
  readonly rejects: string;
}

interface Line {
  readonly height: number;
  readonly cells: GridRow;
}

/** The hour on one page: how much came in, every total beside that of the hour before. */
export function summarySheet(report: HourlyReport, names: SummarySheetNames): WriteSheet {
  const head = headLines(report, names);
  const rowsTable = rowsBlock(report, names);
  const totalsTable = totalsBlock(report);
  const rowsTop = head.length + 1;
  const totalsTop = rowsTop + rowsTable.length + 2;
  const hasDatasets = report.datasets.length > 0;
  const lines = hasDatasets
    ? [...head, heading('Rows'), ...rowsTable, gap, heading('Totals'), ...totalsTable]
    : head;
  return {
    name: names.summary,
    columns: [...widths, styles.gapWidth].map((width) => ({ width })),
    cells: cellsOf(lines.map((line) => line.cells)),
    rowDefs: rowHeights(lines.map((line) => line.height)),
    tables: [
      ...summaryTable('summary_rows', rowsHeaders, rowsTop, rowsTable.length),
      ...summaryTable('summary_totals', totalsHeaders, totalsTop, totalsTable.length),
    ],
    charts: hasDatasets ? [rowsChart(report, names.summary, rowsTop)] : [],
    view: { showGridLines: false, tabColor: { rgb: styles.colors.accent } },
    pageSetup: { ...printSetup, fitToHeight: 1 },
    headerFooter: printFooter(`Hourly report, ${periodText(report)}, ${report.zone}`),
    a11y: { summary: `Hourly report, ${periodText(report)}, ${zoneText(report)}` },
  };
}

function headLines(report: HourlyReport, names: SummarySheetNames): Line[] {
  const generated = `${zoneText(report)}, generated ${localMinute(report.generatedAt, report.zone)}`;
  const tiles = tilesOf(report);
  return [
    { height: 34, cells: [textCell('Hourly report', styles.title)] },
    { height: 22, cells: [textCell(periodText(report), styles.subtitle)] },
    { height: 18, cells: [textCell(generated, styles.note)] },
    gap,
    { height: 20, cells: tiles.map(({ label }) => textCell(label, styles.tileLabel)) },
    {
      height: 30,
      cells: tiles.map(({ value, numFmt }) => figureCell(value, true, styles.tileValue(numFmt))),
    },
    gap,
    ...remark(report, names),
  ];
}

function tilesOf(report: HourlyReport): { label: string; value: number | null; numFmt: string }[] {
  const rows = report.datasets.reduce((sum, figures) => sum + figures.rows, 0);
  const previous = report.datasets.reduce((sum, figures) => sum + figures.previousRows, 0);
  const counts = { numFmt: countFormat.numFmt };
  return [
    { label: 'Rows', value: rows, ...counts },
    { label: 'Hour before', value: previous, ...counts },
    { label: 'Change', value: changeOf(rows, previous, countFormat)?.ratio ?? null, numFmt: ratioFormat },
    { label: 'Datasets', value: report.datasets.filter((figures) => figures.rows > 0).length, ...counts },
    { label: 'Source files', value: report.sources.length, ...counts },
    { label: 'Rejected rows', value: rejectedRows(report), ...counts },
  ];
}

function remark(report: HourlyReport, names: SummarySheetNames): Line[] {
  if (report.datasets.every((figures) => figures.rows === 0)) {
    return [{ height: 24, cells: banner(textCell('No rows in this hour.', styles.notice)) }, gap];
  }
  const rejected = rejectedRows(report);
  if (rejected === 0) return [];
  const verb = rejected === 1 ? 'row was' : 'rows were';
  const text = `${rejected.toLocaleString('en-US')} ${verb} rejected: see ${names.rejects}`;
  const cell = { ...textCell(text, styles.warning), hyperlink: linkTo(names.rejects) };
  return [{ height: 24, cells: banner(cell) }, gap];
}

function rejectedRows(report: HourlyReport): number {
  return report.rejects.length + report.rejectsOmitted;
}

function banner(first: GridCell): GridRow {
  const style = first.style ?? {};
  return [first, ...widths.slice(1).map(() => ({ style }))];
}

function heading(text: string): Line {
  return { height: 24, cells: [textCell(text, styles.section)] };
}

function rowsBlock(report: HourlyReport, names: SummarySheetNames): Line[] {
  const rows = report.datasets.map((figures, index) => [
    datasetLink(figures, names.datasets[index] ?? ''),
    textCell(figures.groupBy.map(labelOf).join(', '), styles.quiet('left')),
    ...comparison(figures.rows, figures.previousRows, countFormat),
  ]);
  return tableLines(rowsHeaders, rows);
}

function totalsBlock(report: HourlyReport): Line[] {
  const rows = report.datasets.flatMap((figures) =>
    figures.measures.map((measure, index) => [
      textCell(labelOf(figures.dataset), styles.quiet('left')),
      textCell(labelOf(measure.name), styles.body('left')),
      ...comparison(
        figures.total[index] ?? null,
        figures.previousTotal[index] ?? null,
        figureFormat(figures, index),
      ),
    ]),
  );
  return tableLines(totalsHeaders, rows);
}

function tableLines(headers: readonly string[], rows: readonly GridRow[]): Line[] {
  return [
    { height: 22, cells: headerCells(headers) },
    ...rows.map((cells) => ({ height: styles.rowHeight, cells })),
  ];
}

function headerCells(headers: readonly string[]): GridRow {
  return headers.map((text, column) => textCell(text, styles.header(column < 2 ? 'left' : 'right')));
}

function comparison(current: Figure, previous: Figure, format: FigureFormat): GridRow {
  const change = changeOf(current, previous, format);
  const signed = `+${format.numFmt};-${format.numFmt};${format.numFmt}`;
  return [
    figureCell(current, format.approximate, {
      ...styles.body('right', format.numFmt),
      font: { ...styles.defaultFont, bold: true },
    }),
    figureCell(previous, format.approximate, styles.quiet('right', format.numFmt)),
    figureCell(change?.by ?? null, false, styles.body('right', signed)),
    figureCell(change?.ratio ?? null, false, styles.body('right', ratioFormat)),
  ];
}

function datasetLink(figures: DatasetFigures, sheet: string): GridCell {
  return { ...textCell(labelOf(figures.dataset), styles.link('left')), hyperlink: linkTo(sheet) };
}

function linkTo(sheet: string): NonNullable<GridCell['hyperlink']> {
  return { target: '', location: onSheet(sheet, 'A1') };
}

/** None without a row below its header: Excel repairs such a file. */
function summaryTable(
  name: string,
  headers: readonly string[],
  top: number,
  height: number,
): TableDefinition[] {
  if (height < 2) return [];
  return [plainTable(name, range(top, 0, top + height - 1, headers.length - 1), headers, false)];
}

function rowsChart(report: HourlyReport, sheet: string, top: number): SheetChart {
  const count = report.datasets.length;
  const [labels, current, previous] = [0, 2, 3].map((column) =>
    onSheet(sheet, range(top + 1, column, top + count, column)),
  ) as [string, string, string];
  return {
    type: 'column',
    title: 'Rows by dataset',
    titleFontSize: 13,
    titleBold: true,
    titleColor: styles.colors.accent,
    altText: 'Column chart: rows of each dataset in this hour and in the hour before.',
    anchor: { from: { row: 4, col: widths.length + 1 }, to: { row: 19, col: widths.length + 9 } },
    legend: 'bottom',
    gapWidth: 80,
    overlap: 0,
    series: [
      { name: 'Hour before', values: previous, categories: labels, color: styles.colors.accentLight },
      { name: 'This hour', values: current, categories: labels, color: styles.colors.accent },
    ],
    dataLabels: { showValue: true, position: 'outEnd', numberFormat: { formatCode: '#,##0' }, fontSize: 9 },
    axes: { x: { majorTickMark: 'none' }, y: { hidden: true, gridlines: { major: false } } },
  };
}
