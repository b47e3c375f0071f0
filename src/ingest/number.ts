import type { Converter } from './converter.ts';
import type { CopyBuffer } from './copy-buffer.ts';
import type { RejectReason } from './reject.ts';

const zero = 0x30;
const minus = 0x2d;
const plus = 0x2b;
const point = 0x2e;

/** More digits than this do not all fit into a double. */
const exactDigits = 15;

// What an unconstrained numeric of Postgres can hold.
const integerDigitsLimit = 131_072;
const decimalDigitsLimit = 16_383;

/** Digits with an optional sign. */
export function integer(
  source: Uint8Array,
  start: number,
  end: number,
  out: CopyBuffer,
): RejectReason | null {
  const digits = digitsStart(source, start);
  if (digits === end || digitsEnd(source, digits, end) !== end) return 'not_an_integer';
  const first = skipZeros(source, digits, end);
  if (end - first > 10) return 'out_of_range';
  const size = smallNumber(source, first, end);
  const value = source[start] === minus ? -size : size;
  if (value < -(2 ** 31) || value >= 2 ** 31) return 'out_of_range';
  out.int32(4);
  out.int32(value);
  return null;
}

/** Digits with an optional sign. */
export function bigint(source: Uint8Array, start: number, end: number, out: CopyBuffer): RejectReason | null {
  const digits = digitsStart(source, start);
  if (digits === end || digitsEnd(source, digits, end) !== end) return 'not_an_integer';
  const first = skipZeros(source, digits, end);
  if (end - first > 19) return 'out_of_range';
  const negative = source[start] === minus;
  if (end - first <= exactDigits) {
    const size = smallNumber(source, first, end);
    out.int32(8);
    out.int64(negative ? -size : size);
    return null;
  }
  const size = BigInt(String.fromCharCode(...source.subarray(first, end)));
  const value = negative ? -size : size;
  if (BigInt.asIntN(64, value) !== value) return 'out_of_range';
  out.int32(8);
  out.int32(Number(value >> 32n));
  out.int32(Number(value & 0xffff_ffffn));
  return null;
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
    const digits = digitsStart(source, start);
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
    writeNumeric(out, negative && !isZero, { source, first, wholeEnd, decimals, last });
    return null;
  };
}

/** Where the digits before and behind the point are, the former without leading zeros. */
interface Digits {
  readonly source: Uint8Array;
  readonly first: number;
  readonly wholeEnd: number;
  readonly decimals: number;
  readonly last: number;
}

/** Groups of four digits on either side of the point; Postgres drops those at the ends that are zero. */
function writeNumeric(out: CopyBuffer, negative: boolean, digits: Digits): void {
  const { source, first, wholeEnd, decimals, last } = digits;
  const wholeGroups = Math.ceil((wholeEnd - first) / 4);
  const groups = wholeGroups + Math.ceil((last - decimals) / 4);
  out.int32(8 + 2 * groups);
  out.int16(groups);
  out.int16(wholeGroups - 1);
  out.int16(negative ? 0x4000 : 0);
  out.int16(last - decimals);
  for (let at = wholeEnd - 4 * wholeGroups; at < wholeEnd; at += 4) {
    out.int16(smallNumber(source, Math.max(first, at), at + 4));
  }
  for (let at = decimals; at < last; at += 4) {
    const size = Math.min(4, last - at);
    out.int16(smallNumber(source, at, at + size) * (powers[4 - size] ?? 1));
  }
}

const powers = [1, 10, 100, 1_000];

function smallNumber(source: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at += 1) value = value * 10 + (source[at] ?? 0) - zero;
  return value;
}

/** Behind the sign, if there is one. */
function digitsStart(source: Uint8Array, start: number): number {
  return source[start] === minus || source[start] === plus ? start + 1 : start;
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
