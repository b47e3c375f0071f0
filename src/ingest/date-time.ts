import { dayNumber } from './calendar.ts';
import type { CopyBuffer } from './copy-buffer.ts';

/** Fills `into`, which was cleared; false: the text is not of the expected form. Whether such a day exists is not its concern. */
export type DateTimeParser = (source: Uint8Array, start: number, end: number, into: DateTime) => boolean;

const secondsPerDay = 86_400;
/** 2000-01-01, where Postgres counts from. */
const epochDay = 10_957;

/** A reading of calendar and clock. One is reused for all values of a column. */
export class DateTime {
  year = 0;
  month = 0;
  day = 0;
  hour = 0;
  minute = 0;
  second = 0;
  microsecond = 0;
  /** Seconds east of UTC; null: none was written. */
  offset: number | null = null;

  /** Midnight, without a day. */
  clear(): void {
    this.year = 0;
    this.month = 0;
    this.day = 0;
    this.hour = 0;
    this.minute = 0;
    this.second = 0;
    this.microsecond = 0;
    this.offset = null;
  }

  isReal(): boolean {
    return (
      this.year >= 1 &&
      this.month >= 1 &&
      this.month <= 12 &&
      this.day >= 1 &&
      this.day <= daysIn(this.year, this.month) &&
      this.hour <= 23 &&
      this.minute <= 59 &&
      this.second <= 59
    );
  }

  /** Seconds since 1970-01-01T00:00:00, the reading taken for UTC. */
  seconds(): number {
    const days = dayNumber(this.year, this.month, this.day);
    return days * secondsPerDay + this.hour * 3_600 + this.minute * 60 + this.second;
  }

  /** A field of type date: days since 2000-01-01. */
  writeDate(out: CopyBuffer): void {
    out.int32(4);
    out.int32(dayNumber(this.year, this.month, this.day) - epochDay);
  }

  /** A field of type timestamptz: microseconds since 2000-01-01T00:00:00Z. They exceed what a double holds exactly. */
  writeTimestamp(out: CopyBuffer, utcSeconds: number): void {
    const seconds = utcSeconds - epochDay * secondsPerDay;
    const upper = Math.floor(seconds / 0x1_0000);
    const millions = upper * 1_000_000;
    const high = Math.floor(millions / 0x1_0000);
    const low =
      (millions - high * 0x1_0000) * 0x1_0000 + (seconds - upper * 0x1_0000) * 1_000_000 + this.microsecond;
    const carry = Math.floor(low / 0x1_0000_0000);
    out.int32(8);
    out.int32(high + carry);
    out.int32(low - carry * 0x1_0000_0000);
  }
}

/** `2026-03-29` */
export function isoDate(source: Uint8Array, start: number, end: number, into: DateTime): boolean {
  return end - start === 10 && readDate(source, start, into);
}

/**
 * `2026-03-29`, `2026-03-29 14:05`, `2026-03-29T14:05:59.123456`, each but the first also with `Z`, `+02`, `+0200` or `+02:00`
 * behind it. Up to nine decimals are read and cut to microseconds.
 */
export function isoTimestamp(source: Uint8Array, start: number, end: number, into: DateTime): boolean {
  if (end - start < 10 || !readDate(source, start, into)) return false;
  if (end - start === 10) return true;
  const separator = source[start + 10];
  if (separator !== 0x20 && separator !== 0x54 && separator !== 0x74) return false;
  const at = readTime(source, start + 11, end, into);
  return at === end || (at > 0 && at < end && readOffset(source, at, end, into));
}

/** The number in exactly `count` digits, -1 where one is not a digit. */
export function readDigits(source: Uint8Array, start: number, count: number): number {
  let value = 0;
  for (let at = start; at < start + count; at += 1) {
    const digit = (source[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

function readDate(source: Uint8Array, start: number, into: DateTime): boolean {
  into.year = readDigits(source, start, 4);
  into.month = readDigits(source, start + 5, 2);
  into.day = readDigits(source, start + 8, 2);
  return source[start + 4] === 0x2d && source[start + 7] === 0x2d;
}

/** Where the time ends, -1 when it is malformed. */
function readTime(source: Uint8Array, start: number, end: number, into: DateTime): number {
  into.hour = readDigits(source, start, 2);
  into.minute = readDigits(source, start + 3, 2);
  const at = start + 5;
  if (at > end || source[start + 2] !== 0x3a || into.hour < 0 || into.minute < 0) return -1;
  if (at === end || source[at] !== 0x3a) return at;
  into.second = readDigits(source, at + 1, 2);
  return into.second < 0 ? -1 : readFraction(source, at + 3, end, into);
}

/** Where the fraction ends, `at` itself when there is none, -1 when it is malformed. */
function readFraction(source: Uint8Array, at: number, end: number, into: DateTime): number {
  if (at >= end || source[at] !== 0x2e) return at;
  let digit = at + 1;
  let unit = 100_000;
  while (digit < end) {
    const value = readDigits(source, digit, 1);
    if (value < 0) break;
    into.microsecond += value * Math.floor(unit);
    unit /= 10;
    digit += 1;
  }
  const count = digit - at - 1;
  return count >= 1 && count <= 9 ? digit : -1;
}

function readOffset(source: Uint8Array, start: number, end: number, into: DateTime): boolean {
  const at = source[start] === 0x20 ? start + 1 : start;
  const sign = source[at];
  if (sign === 0x5a || sign === 0x7a) {
    into.offset = 0;
    return at + 1 === end;
  }
  if (sign !== 0x2b && sign !== 0x2d) return false;
  const hours = readDigits(source, at + 1, 2);
  const colon = source[at + 3] === 0x3a ? 1 : 0;
  const minutes = end === at + 3 ? 0 : readDigits(source, at + 3 + colon, 2);
  if (end !== at + 3 && end !== at + 5 + colon) return false;
  if (hours < 0 || hours > 15 || minutes < 0 || minutes > 59) return false;
  into.offset = (sign === 0x2d ? -60 : 60) * (hours * 60 + minutes);
  return true;
}

function daysIn(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}
