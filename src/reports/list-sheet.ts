import type { WriteSheet } from 'hucre';

import { textCell } from './cell-values.ts';
import type { GridRow } from './sheet-grid.ts';
import { cellsOf, plainTable, printFooter, printSetup, range, rowHeights } from './sheet-grid.ts';
import type { Side } from './workbook-styles.ts';
import { header, note, notice, rowHeight, title } from './workbook-styles.ts';

/** Row of the column headers in every list, counted from 0. */
export const headerRow = 3;
export const firstListRow = headerRow + 1;

export interface ListSheet {
  readonly name: string;
  readonly title: string;
  readonly note: string;
  /** Unique in the workbook, and nothing that could be a cell's address. */
  readonly table: string;
  /** Headers unique within the list; widths in characters. */
  readonly columns: readonly { readonly header: string; readonly width: number; readonly side: Side }[];
  readonly rows: readonly GridRow[];
  /** Below the list, outside of what is sorted and filtered. */
  readonly below: readonly GridRow[];
  /** A filter button covers the end of a header that is aligned to the right. */
  readonly filter: boolean;
  /** Said in place of the list when it has no rows. */
  readonly empty: string;
  readonly footer: string;
}

/** One list from top to bottom: what it is, its headers (always in view, and on every printed page), its rows. */
export function listSheet(list: ListSheet): WriteSheet {
  const head: GridRow[] = [[textCell(list.title, title)], [textCell(list.note, note)], []];
  const sheet: WriteSheet = {
    name: list.name,
    columns: list.columns.map(({ width }) => ({ width })),
    rowDefs: rowHeights([30, 18, 10, 22, ...[...list.rows, ...list.below].map(() => rowHeight)]),
    view: { showGridLines: false },
    pageSetup: printSetup,
    headerFooter: printFooter(list.footer),
    a11y: { summary: `${list.title}. ${list.note}`, headerRow },
  };
  if (list.rows.length === 0) {
    const filler = list.columns.slice(1).map(() => ({ style: notice }));
    return { ...sheet, cells: cellsOf([...head, [textCell(list.empty, notice), ...filler]]) };
  }
  const headers = list.columns.map((column) => textCell(column.header, header(column.side)));
  const area = range(headerRow, 0, headerRow + list.rows.length, list.columns.length - 1);
  return {
    ...sheet,
    cells: cellsOf([...head, headers, ...list.rows, ...list.below]),
    freezePane: { rows: firstListRow },
    tables: [
      plainTable(
        list.table,
        area,
        list.columns.map((column) => column.header),
        list.filter,
      ),
    ],
  };
}
