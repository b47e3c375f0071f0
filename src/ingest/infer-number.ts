import type { ColumnType } from '../domain/dataset.ts';

/** Of an integer: above, the numbers of later files may outgrow it. */
const integerUpTo = 1_000_000_000;

/** A code, however much it looks like a number, and more than fits into a bigint. */
const mostDigits = 18;

/** Digits before the point that a numeric has at least, so that a later file may have greater values. */
const wholeDigits = 10;

const number = /^-?(?:\d+\.?\d*|\.\d+)$/;

/** The type of number that all values are, but for `allowed` of them; null: they are something else. */
export function inferNumber(values: readonly string[], allowed: number): ColumnType | null {
  const numbers = values.filter((value) => number.test(value));
  if (numbers.length === 0 || values.length - numbers.length > allowed) return null;
  if (values.some((value) => losses.some(([form]) => form.test(value)))) return null;
  if (!numbers.some((value) => value.includes('.'))) {
    const most = numbers.reduce((max, value) => Math.max(max, Math.abs(Number(value))), 0);
    return { kind: most <= integerUpTo ? 'integer' : 'bigint' };
  }
  const parts = numbers.map((value) => value.replace('-', '').split('.'));
  const scales = new Set(parts.map(([, decimals = '']) => decimals.length));
  const [scale = 0] = scales;
  if (scales.size > 1) return { kind: 'numeric', precision: null, scale: null };
  const whole = parts.reduce((max, [digits = '']) => Math.max(max, digits.length + 2), wholeDigits);
  return { kind: 'numeric', precision: whole + scale, scale };
}

/** Why values that look like numbers are kept as text; null: they do not, or are numbers. */
export function numberTrap(values: readonly string[]): string | null {
  const forms = [...losses, ...otherNotations].map(([form]) => form);
  const alike = values.filter((value) => [number, ...forms].some((form) => form.test(value)));
  if (alike.length * 2 <= values.length) return null;
  const found = [...losses, ...otherNotations].find(([form]) => alike.some((value) => form.test(value)));
  return found?.[1] ?? null;
}

type Trap = readonly [form: RegExp, why: string];

/** Would be read as numbers, and not be the same afterwards. */
const losses: readonly Trap[] = [
  [/^[-+]?0\d+\.?\d*$/, 'it has leading zeros, which a number would lose'],
  [/^\+\d+$/, 'it has plus signs, which a number would lose'],
  [new RegExp(`^-?(?=(?:\\.?\\d){${mostDigits + 1}})\\d*\\.?\\d*$`), `it has more than ${mostDigits} digits`],
];

/** Would be refused. */
const otherNotations: readonly Trap[] = [
  [/^-?\d{1,3}(?:,\d{3})+(?:\.\d+)?$/, 'grouped thousands are not read as numbers'],
  [/^-?(?:\d+|\d{1,3}(?:\.\d{3})+),\d+$/, 'decimal commas are not read as numbers'],
];
