import { isUtf8 } from 'node:buffer';

import type { ColumnType } from '../../src/domain/dataset.ts';

/** Rows of COPY's binary format as Postgres documents it. Throws on what Postgres would refuse. */
export function parseCopyBinary(bytes: Buffer): (Buffer | null)[][] {
  const rows: (Buffer | null)[][] = [];
  let at = 0;
  while (at < bytes.length) {
    const count = bytes.readInt16BE(at);
    at += 2;
    const row: (Buffer | null)[] = [];
    for (let field = 0; field < count; field += 1) {
      const length = bytes.readInt32BE(at);
      at += 4;
      if (length < -1 || at + length > bytes.length) throw new Error(`a field of ${length} bytes`);
      row.push(length === -1 ? null : bytes.subarray(at, at + length));
      at += Math.max(0, length);
    }
    if (rows.length > 0 && row.length !== rows[0]!.length) throw new Error('row field count');
    rows.push(row);
  }
  return rows;
}

/** A value as Postgres would show it: times in UTC, as `2026-03-01 12:34:56+00`. */
export function shown(type: ColumnType, value: Buffer | null): string | null {
  if (value === null) return null;
  switch (type.kind) {
    case 'text':
    case 'enum':
      if (!isUtf8(value)) throw new Error('invalid byte sequence for encoding "UTF8"');
      if (value.includes(0)) throw new Error('invalid byte sequence for encoding "UTF8": 0x00');
      return value.toString('utf8');
    case 'integer':
      return String(sized(value, 4).readInt32BE());
    case 'bigint':
      return String(sized(value, 8).readBigInt64BE());
    case 'boolean':
      return sized(value, 1)[0] === 1 ? 't' : 'f';
    case 'date':
      return new Date((sized(value, 4).readInt32BE() + 10_957) * 86_400_000).toISOString().slice(0, 10);
    case 'timestamp':
      return shownTimestamp(sized(value, 8).readBigInt64BE());
    case 'numeric':
      return shownNumeric(value);
  }
}

function sized(value: Buffer, size: number): Buffer {
  if (value.length !== size) throw new Error(`${value.length} bytes instead of ${size}`);
  return value;
}

function shownTimestamp(microseconds: bigint): string {
  const micro = ((microseconds % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const seconds = Number((microseconds - micro) / 1_000_000n) + 946_684_800;
  const text = new Date(seconds * 1_000).toISOString().slice(0, 19).replace('T', ' ');
  return `${text}${micro === 0n ? '' : `.${String(micro).padStart(6, '0')}`}+00`;
}

function shownNumeric(value: Buffer): string {
  const groups = value.readInt16BE(0);
  const weight = value.readInt16BE(2);
  const sign = value.readUInt16BE(4);
  const scale = value.readInt16BE(6);
  if (sign !== 0 && sign !== 0x4000) throw new Error(`sign ${sign}`);
  if (value.length !== 8 + 2 * groups) throw new Error('insufficient data left in message');
  const digits = Array.from({ length: groups }, (_, i) => {
    const group = value.readInt16BE(8 + 2 * i);
    if (group < 0 || group > 9_999) throw new Error('invalid digit in external "numeric" value');
    return String(group).padStart(4, '0');
  }).join('');
  const wholeSize = (weight + 1) * 4;
  const whole = digits.slice(0, wholeSize).replace(/^0+/, '') || '0';
  const decimals = digits.slice(wholeSize).padEnd(scale, '0').slice(0, scale);
  return `${sign === 0 ? '' : '-'}${whole}${scale === 0 ? '' : `.${decimals}`}`;
}
