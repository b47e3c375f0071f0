import { visible } from './visible.ts';

export interface TextColumn {
  readonly head: string;
  readonly align?: 'right';
  /** Gives way when the line is too long, the last column first, down to its first characters. */
  readonly shrinks?: true;
}

/** Characters that a column which gives way keeps. */
const leastWidth = 12;

/** Rows below their heads and a rule, two blanks from the edge; a line has at most `width` characters where that can be. */
export function textTable(
  columns: readonly TextColumn[],
  rows: readonly (readonly string[])[],
  width: number,
): string {
  const cells = rows.map((row) => row.map((cell) => visible(cell).replaceAll('\n', ' ')));
  const widths = fitting(columns, cells, width);
  const line = (row: readonly string[]) =>
    `  ${row
      .map((cell, index) => {
        const room = widths[index] ?? 0;
        const text = cell.length > room ? `${cell.slice(0, room - 1).toWellFormed()}…` : cell;
        return columns[index]?.align === 'right' ? text.padStart(room) : text.padEnd(room);
      })
      .join('   ')
      .trimEnd()}\n`;
  const rule = `  ${widths.map((each) => '─'.repeat(each)).join('───')}\n`;
  return [line(columns.map(({ head }) => head)), rule, ...cells.map(line)].join('');
}

function fitting(columns: readonly TextColumn[], cells: readonly string[][], width: number): number[] {
  const widths = columns.map(({ head }, index) =>
    cells.reduce((widest, row) => Math.max(widest, row[index]?.length ?? 0), head.length),
  );
  let surplus = widths.reduce((sum, each) => sum + each, 2 + 3 * (widths.length - 1)) - width;
  for (const [index, { head, shrinks }] of [...columns.entries()].reverse()) {
    const own = widths[index] ?? 0;
    if (shrinks !== true || surplus <= 0) continue;
    const left = Math.min(own, Math.max(own - surplus, head.length, leastWidth));
    surplus -= own - left;
    widths[index] = left;
  }
  return widths;
}
