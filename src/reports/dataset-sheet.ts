import type { ConditionalRule, SheetChart, WriteSheet } from 'hucre';

import type { DatasetFigures, Figure, GroupFigures, HourlyReport } from '../domain/hourly-report.ts';
import { figureCell, numberOf, textCell } from './cell-values.ts';
import type { FigureFormat } from './figure-format.ts';
import { countFormat, figureFormat, shownText } from './figure-format.ts';
import { labelOf, uniqueHeaders } from './labels.ts';
import type { ListSheet } from './list-sheet.ts';
import { firstListRow, headerRow, listSheet } from './list-sheet.ts';
import { periodText, zoneText } from './period-text.ts';
import type { GridCell, GridRow } from './sheet-grid.ts';
import { onSheet, range, widthFor } from './sheet-grid.ts';
import { body, colors, gapWidth, quiet, total } from './workbook-styles.ts';

/** With more bars than this a chart is no longer read at a glance. */
const mostBars = 24;
const wholeDataset = 'All rows';

/** One dataset: a row per group, then the total and the hour before. */
export function datasetSheet(figures: DatasetFigures, report: HourlyReport, name: string): WriteSheet {
  const formats = figures.measures.map((_, index) => figureFormat(figures, index));
  const sheet = listSheet({
    name,
    title: labelOf(figures.dataset),
    note: `${periodText(report)}, ${zoneText(report)}`,
    table: `figures_${figures.dataset.replace(/\W/g, '_')}`,
    columns: columnsOf(figures, formats),
    rows: figures.groups.map((group) => groupRow(figures, group, formats)),
    below: [
      closingRow(figures, formats, ['Total', figures.total, figures.rows], total),
      closingRow(figures, formats, ['Hour before', figures.previousTotal, figures.previousRows], quiet),
    ],
    filter: false,
    empty: 'No rows in this hour.',
    footer: `Hourly report, ${periodText(report)}, ${report.zone}`,
  });
  const chart = barChart(figures, formats, name);
  if (chart === null) return { ...sheet, conditionalRules: dataBars(figures, formats) };
  const columns = [...(sheet.columns ?? []), { width: gapWidth }];
  return { ...sheet, columns, conditionalRules: dataBars(figures, formats), charts: [chart] };
}

function columnsOf(figures: DatasetFigures, formats: readonly FigureFormat[]): ListSheet['columns'] {
  const keys = figures.groupBy.length === 0 ? ['Group'] : figures.groupBy.map(labelOf);
  const headers = uniqueHeaders([
    ...keys,
    ...figures.measures.map(({ name }) => labelOf(name)),
    'Rows',
    'Files',
  ]);
  return headers.map((header, column) => {
    const measure = column - keys.length;
    if (measure < 0) {
      const texts = figures.groups.map((group) => keyText(group.key[column] ?? null));
      return { header, width: widthFor([header, 'Hour before', ...texts], 20, 44), side: 'left' };
    }
    if (header === headers.at(-1)) {
      const texts = figures.groups.map(filesText);
      return { header, width: widthFor([header, ...texts], 12, 30), side: 'left' };
    }
    const format = formats[measure] ?? countFormat;
    const values = [figures.total, figures.previousTotal, ...figures.groups.map((group) => group.values)];
    const texts = values.map((row) => shownText(row[measure] ?? null, format));
    return { header, width: widthFor([header, ...texts], 13, 30), side: 'right' };
  });
}

function groupRow(figures: DatasetFigures, group: GroupFigures, formats: readonly FigureFormat[]): GridRow {
  const keys =
    figures.groupBy.length === 0
      ? [textCell(wholeDataset, body('left'))]
      : figures.groupBy.map((_, index) => keyCell(group.key[index] ?? null));
  return [
    ...keys,
    ...formats.map((format, index) =>
      figureCell(group.values[index] ?? null, format.approximate, body('right', format.numFmt)),
    ),
    figureCell(group.rows, false, quiet('right', countFormat.numFmt)),
    textCell(filesText(group), quiet('left')),
  ];
}

function closingRow(
  figures: DatasetFigures,
  formats: readonly FigureFormat[],
  [label, values, rows]: readonly [label: string, values: readonly Figure[], rows: number],
  style: typeof body,
): GridRow {
  const otherKeys: GridCell[] = figures.groupBy.slice(1).map(() => ({ style: style('left') }));
  return [
    textCell(label, style('left')),
    ...otherKeys,
    ...formats.map((format, index) =>
      figureCell(values[index] ?? null, format.approximate, style('right', format.numFmt)),
    ),
    figureCell(rows, false, style('right', countFormat.numFmt)),
    { style: style('left') },
  ];
}

function keyCell(key: string | null): GridCell {
  return textCell(keyText(key), key === null ? quiet('left') : body('left'));
}

function keyText(key: string | null): string {
  return key ?? '(blank)';
}

function filesText(group: GroupFigures): string {
  return group.fileIds.map((id) => `#${id}`).join(', ');
}

/** Only where a bar's length means a share of something: not for averages, least and greatest values. */
function dataBars(figures: DatasetFigures, formats: readonly FigureFormat[]): ConditionalRule[] {
  const firstColumn = Math.max(1, figures.groupBy.length);
  const last = headerRow + figures.groups.length;
  return figures.measures.flatMap(({ function: kind }, index) => {
    const values = figures.groups.map((group) =>
      numberOf(group.values[index] ?? null, formats[index]?.approximate === true),
    );
    if ((kind !== 'count' && kind !== 'sum') || values.length < 2 || values.some((value) => (value ?? 0) < 0))
      return [];
    return {
      type: 'dataBar' as const,
      priority: index + 1,
      range: range(firstListRow, firstColumn + index, last, firstColumn + index),
      dataBar: {
        cfvo: [{ type: 'num' as const, value: '0' }, { type: 'max' as const }],
        color: `FF${colors.accentLight}`,
      },
    };
  });
}

/** The first measure by group, where there is one group column and a readable number of groups. */
function barChart(
  figures: DatasetFigures,
  formats: readonly FigureFormat[],
  sheet: string,
): SheetChart | null {
  const [measure] = figures.measures;
  const [format] = formats;
  const [groupColumn] = figures.groupBy;
  const count = figures.groups.length;
  if (measure === undefined || format === undefined || groupColumn === undefined) return null;
  if (figures.groupBy.length > 1 || count < 2 || count > mostBars) return null;
  const left = figures.groupBy.length + figures.measures.length + 3;
  const last = headerRow + count;
  const chartTitle = `${labelOf(measure.name)} by ${labelOf(groupColumn).toLowerCase()}`;
  return {
    type: 'bar',
    title: chartTitle,
    titleFontSize: 13,
    titleBold: true,
    titleColor: colors.accent,
    altText: `Bar chart: ${chartTitle}, ${count} bars.`,
    anchor: {
      from: { row: headerRow, col: left },
      to: { row: headerRow + Math.max(14, count + 4), col: left + 8 },
    },
    legend: false,
    gapWidth: 60,
    series: [
      {
        name: labelOf(measure.name),
        values: onSheet(sheet, range(firstListRow, 1, last, 1)),
        categories: onSheet(sheet, range(firstListRow, 0, last, 0)),
        color: colors.accent,
      },
    ],
    dataLabels: {
      showValue: true,
      position: 'outEnd',
      numberFormat: { formatCode: format.numFmt },
      fontSize: 9,
    },
    axes: { x: { reverse: true, majorTickMark: 'none' }, y: { hidden: true, gridlines: { major: false } } },
  };
}
