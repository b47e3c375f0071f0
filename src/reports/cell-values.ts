import type { Cell, CellStyle } from 'hucre';

import type { Figure } from '../domain/hourly-report.ts';

/** Excel's limit, in UTF-16 units. */
const longestText = 32_767;
/** A double gives back every decimal of up to 15 digits, and Excel shows no more. */
const exactDigits = 15;
/** Inside the range of normal doubles, and of Excel's. */
const smallest = 1e-300;
const largest = 1e300;
const plainDecimal = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;
/** Excel takes a cell that begins so for a formula when somebody edits it. */
const armed = /^[=+\-@\t\r\n\0]/;
/** Texts that the writer would turn into cells of type error. */
const errorLiteral = /^#(?:VALUE!|REF!|N\/A|NAME\?|NULL!|DIV\/0!|NUM!|GETTING_DATA|SPILL!|CALC!)$/;

/**
 * A cell that is text whatever it says. One that looks like a formula gets the number format "Text", with which it stays
 * text when it is edited: the writer cannot set `quotePrefix`, the flag that Excel sets for a leading apostrophe.
 */
export function textCell(value: string | null, style: CellStyle): Partial<Cell> {
  const text = legalText(value ?? '');
  const safeStyle = armed.test(text) ? { ...style, numFmt: '@' } : style;
  if (errorLiteral.test(text)) return { value: text, richText: [{ text }], style: safeStyle };
  return { value: text, style: safeStyle };
}

/** A number where it can be one without loss, else the exact decimal as text. Null leaves the cell empty. */
export function figureCell(value: Figure, approximate: boolean, style: CellStyle): Partial<Cell> {
  if (value === null) return { style };
  const number = numberOf(value, approximate);
  return number === null ? textCell(String(value), style) : { value: number, style };
}

/** Null: no number, or one that a double cannot hold exactly. An average is a rounded number anyway: `approximate`. */
export function numberOf(value: Figure, approximate: boolean): number | null {
  if (value === null) return null;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (!plainDecimal.test(value)) return null;
  const number = Number(value);
  const digits = value.replace(/[-.]/g, '').replace(/^0+|0+$/g, '');
  const inRange = digits === '' || (Math.abs(number) >= smallest && Math.abs(number) <= largest);
  return inRange && (approximate || digits.length <= exactDigits) ? number : null;
}

/** How many digits stand behind the decimal point. */
export function scaleOf(value: Figure): number {
  return /\.(\d+)$/.exec(String(value))?.[1]?.length ?? 0;
}

// XML has no U+FFFE and U+FFFF; and what looks like Excel's own escape, _x0041_, would be read as "A".
function legalText(value: string): string {
  const text = value.length <= longestText ? value : `${value.slice(0, longestText - 1)}\u2026`;
  return text.replace(/[\uFFFE\uFFFF]/g, '\uFFFD').replace(/_(?=x[0-9A-Fa-f]{4}_)/g, '_x005F_');
}
