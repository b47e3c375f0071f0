import type { BorderSide, CellStyle, FontStyle } from 'hucre';

export const colors = {
  ink: '1F2937',
  muted: '6B7280',
  accent: '1D4E89',
  accentLight: 'A9C4E4',
  headerFill: 'EAF0F7',
  line: 'D5DCE5',
  warning: '9A4B06',
  warningFill: 'FDF1DC',
} as const;

export const defaultFont: FontStyle = { name: 'Calibri', size: 11, color: { rgb: colors.ink } };

const hairline: BorderSide = { style: 'thin', color: { rgb: colors.line } };
const rule: BorderSide = { style: 'thin', color: { rgb: colors.accent } };
const muted: FontStyle = { ...defaultFont, color: { rgb: colors.muted } };

/** Of a table's rows, in points. */
export const rowHeight = 18;
/** Between a table and the chart beside it, in characters. */
export const gapWidth = 3;

export type Side = 'left' | 'right';

export const title: CellStyle = {
  font: { ...defaultFont, size: 20, bold: true, color: { rgb: colors.accent } },
  alignment: { vertical: 'center' },
};
export const subtitle: CellStyle = { font: { ...defaultFont, size: 13 }, alignment: { vertical: 'center' } };
export const note: CellStyle = { font: { ...muted, size: 10 }, alignment: { vertical: 'center' } };
export const section: CellStyle = {
  font: { ...defaultFont, size: 13, bold: true, color: { rgb: colors.accent } },
  alignment: { vertical: 'center' },
};
export const notice: CellStyle = {
  font: { ...defaultFont, size: 12, bold: true },
  fill: { type: 'pattern', pattern: 'solid', fgColor: { rgb: colors.headerFill } },
  alignment: { vertical: 'center', indent: 1 },
};
export const warning: CellStyle = {
  font: { ...defaultFont, bold: true, color: { rgb: colors.warning } },
  fill: { type: 'pattern', pattern: 'solid', fgColor: { rgb: colors.warningFill } },
  alignment: { vertical: 'center', indent: 1 },
};
export const tileLabel: CellStyle = {
  font: { ...muted, size: 10 },
  border: { top: rule },
  alignment: { horizontal: 'left', vertical: 'center' },
};
export function tileValue(numFmt: string): CellStyle {
  return {
    font: { ...defaultFont, size: 18, bold: true },
    numFmt,
    alignment: { horizontal: 'left', vertical: 'center' },
  };
}

export function header(side: Side): CellStyle {
  return {
    font: { ...defaultFont, bold: true, color: { rgb: colors.accent } },
    fill: { type: 'pattern', pattern: 'solid', fgColor: { rgb: colors.headerFill } },
    border: { bottom: rule },
    alignment: { horizontal: side, vertical: 'center' },
    ...(side === 'right' ? { numFmt: padded('@') } : {}),
  };
}

export function body(side: Side, numFmt?: string): CellStyle {
  return {
    border: { bottom: hairline },
    alignment: { horizontal: side, vertical: 'center' },
    ...(numFmt === undefined ? {} : { numFmt: side === 'right' ? padded(numFmt) : numFmt }),
  };
}

export function quiet(side: Side, numFmt?: string): CellStyle {
  return { ...body(side, numFmt), font: muted };
}

export function link(side: Side): CellStyle {
  return { ...body(side), font: { ...defaultFont, color: { rgb: colors.accent }, underline: 'single' } };
}

export function fixedWidth(): CellStyle {
  return { ...body('left'), font: { ...muted, name: 'Consolas', size: 9 } };
}

export function total(side: Side, numFmt?: string): CellStyle {
  return {
    ...body(side, numFmt),
    font: { ...defaultFont, bold: true },
    border: { top: rule, bottom: hairline },
  };
}

/** Space between a number and the text to its right. As an indent, LibreOffice would show it here and not there. */
function padded(numFmt: string): string {
  return numFmt
    .split(';')
    .map((part) => `${part}_)_)_)_)`)
    .join(';');
}
