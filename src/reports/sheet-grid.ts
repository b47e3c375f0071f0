import type { Cell, HeaderFooter, PageSetup, RowDef, TableDefinition } from 'hucre';

export type GridCell = Partial<Cell>;
export type GridRow = readonly GridCell[];

/** `#12`, as the column Files of the figures names a file. */
export const fileNumber = '"#"0';

/** What the writer wants: cells by `row,column`, both counted from 0. */
export function cellsOf(rows: readonly GridRow[]): Map<string, GridCell> {
  return new Map(rows.flatMap((row, r) => row.map((cell, c): [string, GridCell] => [`${r},${c}`, cell])));
}

/** Points, from the first row on. */
export function rowHeights(heights: readonly number[]): Map<number, RowDef> {
  return new Map(heights.map((height, row) => [row, { height }]));
}

/** `A5:B9`, from rows and columns counted from 0. */
export function range(top: number, left: number, bottom: number, right: number): string {
  return `${columnLetters(left)}${top + 1}:${columnLetters(right)}${bottom + 1}`;
}

/** Quoted always: the writer leaves out quotes that Excel demands, as in `'Q1'!A1`. */
export function onSheet(sheet: string, reference: string): string {
  return `'${sheet.replaceAll("'", "''")}'!${reference}`;
}

/** A column's width in characters, for what it has to show. */
export function widthFor(texts: readonly string[], narrowest: number, widest: number): number {
  const longest = texts.reduce((most, text) => Math.max(most, text.length), 0);
  return Math.min(widest, Math.max(narrowest, Math.ceil(longest * 1.1) + 4));
}

/** All styling is the cells' own, so that it shows in every program; the table brings names, and filters when wanted. */
export function plainTable(
  name: string,
  area: string,
  headers: readonly string[],
  filter: boolean,
): TableDefinition {
  return {
    name,
    range: area,
    columns: headers.map((header) => ({ name: header })),
    style: 'TableStyleLight1',
    showRowStripes: false,
    showAutoFilter: filter,
  };
}

export const printSetup: PageSetup = {
  paperSize: 'a4',
  orientation: 'landscape',
  fitToPage: true,
  fitToWidth: 1,
  fitToHeight: 0,
  margins: { top: 0.6, right: 0.5, bottom: 0.7, left: 0.5, header: 0.3, footer: 0.3 },
};

export function printFooter(text: string): HeaderFooter {
  return { oddFooter: `&L&8${text.replaceAll('&', '&&')}&C&8&A&R&8Page &P of &N` };
}

function columnLetters(column: number): string {
  const last = String.fromCharCode(65 + (column % 26));
  return column < 26 ? last : columnLetters(Math.trunc(column / 26) - 1) + last;
}
