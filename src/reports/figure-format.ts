import type { DatasetFigures, Figure } from '../domain/hourly-report.ts';
import { numberOf, scaleOf } from './cell-values.ts';

const mostDecimals = 4;
const averageDecimals = 2;

export interface FigureFormat {
  readonly numFmt: string;
  readonly decimals: number;
  /** An average, which is a rounded number in any case. */
  readonly approximate: boolean;
}

export const countFormat: FigureFormat = { numFmt: '#,##0', decimals: 0, approximate: false };

/** One format for all values of the dataset's measure at `index`, so that their decimal points stand in line. */
export function figureFormat(figures: DatasetFigures, index: number): FigureFormat {
  const kind = figures.measures[index]?.function;
  if (kind === 'count') return countFormat;
  const values = [figures.total, figures.previousTotal, ...figures.groups.map((group) => group.values)];
  const approximate = kind === 'avg';
  const decimals = approximate
    ? averageDecimals
    : Math.min(mostDecimals, Math.max(...values.map((row) => scaleOf(row[index] ?? null))));
  return { numFmt: decimals === 0 ? '#,##0' : `#,##0.${'0'.repeat(decimals)}`, decimals, approximate };
}

/** What the cell will show, near enough to size its column by. */
export function shownText(value: Figure, format: FigureFormat): string {
  const number = numberOf(value, format.approximate);
  if (number === null) return String(value ?? '');
  return number.toLocaleString('en-US', { minimumFractionDigits: format.decimals });
}

/** Null where one of the two is missing, or is no number that a double can hold. */
export function changeOf(
  current: Figure,
  previous: Figure,
  format: FigureFormat,
): { by: number; ratio: number | null } | null {
  const after = numberOf(current, format.approximate);
  const before = numberOf(previous, format.approximate);
  if (after === null || before === null) return null;
  const by = after - before;
  // Subtracting doubles leaves noise behind the last decimal: 0.3 - 0.1 is 0.19999999999999998.
  const scale = format.approximate ? 10 : Math.max(scaleOf(current), scaleOf(previous));
  return { by: Number(by.toFixed(Math.min(scale, 100))), ratio: before === 0 ? null : by / Math.abs(before) };
}
