import type { Converter } from './converter.ts';
import type { CopyBuffer } from './copy-buffer.ts';

const zero = 0x30;
const minus = 0x2d;
const plus = 0x2b;
const point = 0x2e;

// What an unconstrained numeric of Postgres can hold.
const integerDigitsLimit = 131_072;
const decimalDigitsLimit = 16_383;

/** Digits with an optional sign, written without leading zeros. The limits are the digits of the greatest and the least value. */
export function wholeNumber(greatest: string, least: string): Converter {
  const limits = { positive: Buffer.from(greatest), negative: Buffer.from(least) };
  return (source, start, end, out) => {
    const negative = source[start] === minus;
    const digits = negative || source[start] === plus ? start + 1 : start;
    if (digits === end || digitsEnd(source, digits, end) !== end) return 'not_an_integer';
    const first = skipZeros(source, digits, end);
    if (exceeds(source, first, end, negative ? limits.negative : limits.positive)) return 'out_of_range';
    writeWhole(source, first, end, { out, negative: negative && first < end });
    return null;
  };
}

/**
 * Plain decimal notation: digits with an optional sign and one decimal point; no grouping, no exponent. A value that would have to be
 * rounded is refused. Nulls: any precision, and the decimals stay as they are written.
 */
export function numeric(precision: number | null, scale: number | null): Converter {
  const decimalsLimit = precision === null ? decimalDigitsLimit : (scale ?? 0);
  const wholeLimit = precision === null ? integerDigitsLimit : precision - decimalsLimit;
  return (source, start, end, out) => {
    const negative = source[start] === minus;
    const digits = negative || source[start] === plus ? start + 1 : start;
    const wholeEnd = digitsEnd(source, digits, end);
    const decimals = source[wholeEnd] === point && wholeEnd < end ? wholeEnd + 1 : wholeEnd;
    const decimalsEnd = digitsEnd(source, decimals, end);
    const digitCount = wholeEnd - digits + (decimalsEnd - decimals);
    if (decimalsEnd !== end || digitCount === 0) return 'not_a_number';
    const first = skipZeros(source, digits, wholeEnd);
    const last = precision === null ? end : trimZeros(source, decimals, end);
    if (wholeEnd - first > wholeLimit) return 'out_of_range';
    if (last - decimals > decimalsLimit) return 'too_precise';
    const isZero = first === wholeEnd && skipZeros(source, decimals, last) === last;
    writeWhole(source, first, wholeEnd, { out, negative: negative && !isZero });
    if (last > decimals) {
      out.byte(point);
      out.raw(source, decimals, last);
    }
    return null;
  };
}

function digitsEnd(source: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && isDigit(source[at])) at += 1;
  return at;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= zero && byte <= 0x39;
}

function skipZeros(source: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && source[at] === zero) at += 1;
  return at;
}

function trimZeros(source: Uint8Array, start: number, end: number): number {
  let at = end;
  while (at > start && source[at - 1] === zero) at -= 1;
  return at;
}

/** Compares digits without leading zeros. */
function exceeds(source: Uint8Array, start: number, end: number, limit: Buffer): boolean {
  if (end - start !== limit.length) return end - start > limit.length;
  for (let i = 0; i < limit.length; i += 1) {
    const difference = (source[start + i] ?? 0) - (limit[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}

function writeWhole(
  source: Uint8Array,
  start: number,
  end: number,
  to: { readonly out: CopyBuffer; readonly negative: boolean },
): void {
  if (to.negative) to.out.byte(minus);
  if (start === end) to.out.byte(zero);
  else to.out.raw(source, start, end);
}
