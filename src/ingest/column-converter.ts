import type { Column } from '../domain/dataset.ts';
import { bounded, matching, oneOf } from './column-rules.ts';
import type { Converter } from './converter.ts';
import type { CopyBuffer } from './copy-buffer.ts';
import { compileFormat } from './date-format.ts';
import type { DateTimeParser } from './date-time.ts';
import { DateTime, isoDate, isoTimestamp } from './date-time.ts';
import { bigint, integer, numeric } from './number.ts';
import type { RejectReason } from './reject.ts';
import { zoneOf } from './zone.ts';

/** What a timestamp column has last read. */
export interface Clock {
  /** Since 1970-01-01T00:00:00Z, whole ones. */
  seconds: number;
}

/** `timezone`: IANA zone of timestamps without an offset. `clock`: to be set by a timestamp column. */
export function converterOf(column: Column, timezone: string, clock: Clock = { seconds: 0 }): Converter {
  const { type } = column;
  switch (type.kind) {
    case 'text':
      return column.pattern === null ? text : matching(column.pattern, text);
    case 'enum':
      return oneOf(type.values);
    case 'integer':
      return bounded(column, integer);
    case 'bigint':
      return bounded(column, bigint);
    case 'numeric':
      return bounded(column, numeric(type.precision, type.scale));
    case 'boolean':
      return boolean;
    case 'date':
      return date(column);
    case 'timestamp':
      return timestamp(column, timezone, clock);
  }
}

function text(source: Uint8Array, start: number, end: number, out: CopyBuffer): RejectReason | null {
  return out.text(source, start, end) ? null : 'nul_character';
}

const truths = new Set(['true', 't', 'yes', 'y', '1']);
const falsehoods = new Set(['false', 'f', 'no', 'n', '0']);

function boolean(source: Uint8Array, start: number, end: number, out: CopyBuffer): RejectReason | null {
  if (end - start > 'false'.length) return 'not_a_boolean';
  const word = String.fromCharCode(...source.subarray(start, end)).toLowerCase();
  const value = truths.has(word);
  if (!value && !falsehoods.has(word)) return 'not_a_boolean';
  out.int32(1);
  out.byte(value ? 1 : 0);
  return null;
}

function date(column: Column): Converter {
  const value = new DateTime();
  const read = readerOf(column.formats, isoDate);
  const { below, above } = timeBounds(column, isoDate, (seconds) => seconds);
  return (source, start, end, out) => {
    if (!read(source, start, end, value) || !value.isReal()) return 'not_a_date';
    const seconds = value.seconds();
    if (seconds < below) return 'below_min';
    if (seconds > above) return 'above_max';
    value.writeDate(out);
    return null;
  };
}

// The years 1 to 9999, in seconds since 1970-01-01T00:00:00Z.
const firstSecond = -62_135_596_800;
const endSecond = 253_402_300_800;

function timestamp(column: Column, timezone: string, clock: Clock): Converter {
  const value = new DateTime();
  const zone = zoneOf(timezone);
  const read = readerOf(column.formats, isoTimestamp);
  const utcOf = (local: number, offset: number | null): number =>
    offset === null ? zone.utcSeconds(local) : local - offset;
  const { below, above } = timeBounds(column, isoTimestamp, utcOf);
  return (source, start, end, out) => {
    if (!read(source, start, end, value) || !value.isReal()) return 'not_a_timestamp';
    const utc = utcOf(value.seconds(), value.offset);
    if (utc < firstSecond || utc >= endSecond) return 'out_of_range';
    if (utc < below) return 'below_min';
    if (utc > above) return 'above_max';
    clock.seconds = utc;
    value.writeTimestamp(out, utc);
    return null;
  };
}

/** Clears the value first. */
function readerOf(formats: readonly string[], iso: DateTimeParser): DateTimeParser {
  const parsers = formats.length === 0 ? [iso] : formats.map(compileFormat);
  return (source, start, end, into) => {
    for (const parse of parsers) {
      into.clear();
      if (parse(source, start, end, into)) return true;
    }
    return false;
  };
}

/** In seconds; infinite: there is none. Fractions of a second do not count. */
function timeBounds(
  { min, max }: Column,
  parse: DateTimeParser,
  secondsOf: (local: number, offset: number | null) => number,
): { readonly below: number; readonly above: number } {
  const bound = (written: string | null, none: number): number => {
    const value = new DateTime();
    const bytes = Buffer.from(written ?? '');
    return parse(bytes, 0, bytes.length, value) ? secondsOf(value.seconds(), value.offset) : none;
  };
  return { below: bound(min, Number.NEGATIVE_INFINITY), above: bound(max, Number.POSITIVE_INFINITY) };
}
