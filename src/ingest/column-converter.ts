import type { Column } from '../domain/dataset.ts';
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
      return text;
    case 'integer':
      return integer;
    case 'bigint':
      return bigint;
    case 'numeric':
      return numeric(type.precision, type.scale);
    case 'boolean':
      return boolean;
    case 'date':
      return date(column.format === null ? isoDate : compileFormat(column.format));
    case 'timestamp':
      return timestamp(column.format === null ? isoTimestamp : compileFormat(column.format), timezone, clock);
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

function date(parse: DateTimeParser): Converter {
  const value = new DateTime();
  return (source, start, end, out) => {
    value.clear();
    if (!parse(source, start, end, value) || !value.isReal()) return 'not_a_date';
    value.writeDate(out);
    return null;
  };
}

// The years 1 to 9999, in seconds since 1970-01-01T00:00:00Z.
const firstSecond = -62_135_596_800;
const endSecond = 253_402_300_800;

function timestamp(parse: DateTimeParser, timezone: string, clock: Clock): Converter {
  const value = new DateTime();
  const zone = zoneOf(timezone);
  return (source, start, end, out) => {
    value.clear();
    if (!parse(source, start, end, value) || !value.isReal()) return 'not_a_timestamp';
    const local = value.seconds();
    const utc = value.offset === null ? zone.utcSeconds(local) : local - value.offset;
    if (utc < firstSecond || utc >= endSecond) return 'out_of_range';
    clock.seconds = utc;
    value.writeTimestamp(out, utc);
    return null;
  };
}
