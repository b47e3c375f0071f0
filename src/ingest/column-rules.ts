import type { Column } from '../domain/dataset.ts';
import type { Converter } from './converter.ts';

/** A number within the column's bounds, compared exactly whatever its size. */
export function bounded({ min, max }: Column, convert: Converter): Converter {
  if (min === null && max === null) return convert;
  const [least, most] = [min, max].map((bound) => (bound === null ? null : decimalOf(bound)));
  return (source, start, end, out) => {
    const refused = convert(source, start, end, out);
    if (refused !== null) return refused;
    const value = decimalOf(String.fromCharCode(...source.subarray(start, end)));
    if (least != null && compare(value, least) < 0) return 'below_min';
    return most != null && compare(value, most) > 0 ? 'above_max' : null;
  };
}

/** Text that the pattern describes from its first character to its last. */
export function matching(pattern: string, convert: Converter): Converter {
  const whole = new RegExp(`^(?:${pattern})$`, 'u');
  return (source, start, end, out) =>
    whole.test(textOf(source, start, end)) ? convert(source, start, end, out) : 'pattern_mismatch';
}

/** One of the values, without regard to case or to space around it; written as it stands in the settings. */
export function oneOf(values: readonly string[]): Converter {
  const known = new Map(values.map((value) => [folded(value), Buffer.from(value)]));
  return (source, start, end, out) => {
    const value = known.get(folded(textOf(source, start, end)));
    if (value === undefined) return 'not_in_list';
    out.int32(value.length);
    out.raw(value, 0, value.length);
    return null;
  };
}

function textOf(source: Uint8Array, start: number, end: number): string {
  return Buffer.from(source.buffer, source.byteOffset + start, end - start).toString('utf8');
}

function folded(text: string): string {
  return text.normalize('NFC').trim().toLowerCase();
}

interface Decimal {
  readonly sign: -1 | 0 | 1;
  /** Without leading zeros. */
  readonly whole: string;
  /** Without zeros at its end. */
  readonly decimals: string;
}

function decimalOf(written: string): Decimal {
  const [, minus, digits = '', rest = ''] = /^([-+]?)(\d*)\.?(\d*)$/.exec(written) ?? [];
  const whole = digits.replace(/^0+/, '');
  const decimals = rest.replace(/0+$/, '');
  if (whole === '' && decimals === '') return { sign: 0, whole, decimals };
  return { sign: minus === '-' ? -1 : 1, whole, decimals };
}

function compare(a: Decimal, b: Decimal): number {
  if (a.sign !== b.sign) return a.sign - b.sign;
  const size = a.whole.length - b.whole.length || order(a.whole, b.whole) || order(a.decimals, b.decimals);
  return size * a.sign;
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
