import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { converterOf } from '../../src/ingest/column-converter.ts';
import { column, convertValue, dataset, load, loadValue } from './datasets.ts';

describe('whole numbers', () => {
  it.each([
    ['0', '0'],
    ['-0', '0'],
    ['+7', '7'],
    ['007', '7'],
    [' 12\t', '12'],
    ['2147483647', '2147483647'],
    ['-2147483648', '-2147483648'],
    ['1999999999', '1999999999'],
    ['00000000002147483647', '2147483647'],
    ['2147483648', 'out_of_range'],
    ['-2147483649', 'out_of_range'],
    ['9999999999999999999999', 'out_of_range'],
    ['1.0', 'not_an_integer'],
    ['1e3', 'not_an_integer'],
    ['1,000', 'not_an_integer'],
    ['-', 'not_an_integer'],
    ['--1', 'not_an_integer'],
    ['1 2', 'not_an_integer'],
    ['0x1f', 'not_an_integer'],
    ['\u0661', 'not_an_integer'],
  ])('reads %j as an integer: %s', async (text, expected) => {
    expect(await loadValue(text, 'integer')).toBe(expected);
  });

  it.each([
    ['9223372036854775807', '9223372036854775807'],
    ['9223372036854775808', 'out_of_range'],
    ['-9223372036854775808', '-9223372036854775808'],
    ['-9223372036854775809', 'out_of_range'],
    ['10000000000000000000', 'out_of_range'],
  ])('reads %s as a bigint: %s', async (text, expected) => {
    expect(await loadValue(text, 'bigint')).toBe(expected);
  });

  it('agrees with BigInt on any run of digits', () => {
    const convert = convertValue(column('n', 'bigint'));
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
        fc.integer({ min: 0, max: 3 }),
        (n, zeros) => {
          const text = `${n < 0n ? '-' : ''}${'0'.repeat(zeros)}${n < 0n ? -n : n}`;
          expect(convert(text)).toBe(BigInt.asIntN(64, n) === n ? String(n) : 'out_of_range');
        },
      ),
    );
  });
});

describe('numeric', () => {
  const price = { kind: 'numeric', precision: 5, scale: 2 } as const;

  it.each([
    ['1.5', '1.5'],
    ['-001.50', '-1.5'],
    ['999.99', '999.99'],
    ['1.2300', '1.23'],
    ['5.', '5'],
    ['.5', '0.5'],
    ['-0.00', '0'],
    ['1000', 'out_of_range'],
    ['1.235', 'too_precise'],
    ['1,234.50', 'not_a_number'],
    ['1,5', 'not_a_number'],
    ['1e2', 'not_a_number'],
    ['.', 'not_a_number'],
    ['1.2.3', 'not_a_number'],
    ['NaN', 'not_a_number'],
    ['$5', 'not_a_number'],
  ])('reads %s as numeric(5,2): %s', async (text, expected) => {
    expect(await loadValue(text, price)).toBe(expected);
  });

  it('keeps every digit where no precision is set', async () => {
    const digits = `${'1234567890'.repeat(20)}.${'9'.repeat(100)}0`;
    expect(await loadValue(digits, 'numeric')).toBe(digits);
    expect(await loadValue('1'.repeat(131_073), 'numeric')).toBe('out_of_range');
  });
});

describe('booleans', () => {
  it.each(['true', 'T', 'Yes', 'y', '1'])('takes %s for true', async (text) => {
    expect(await loadValue(text, 'boolean')).toBe('t');
  });

  it.each(['FALSE', 'f', 'No', 'n', '0'])('takes %s for false', async (text) => {
    expect(await loadValue(text, 'boolean')).toBe('f');
  });

  it.each(['2', 'on', 'truely', 'wahr', 'tr'])('refuses %s', async (text) => {
    expect(await loadValue(text, 'boolean')).toBe('not_a_boolean');
  });
});

describe('dates', () => {
  it.each([
    ['2024-02-29', '2024-02-29'],
    ['2000-02-29', '2000-02-29'],
    ['0001-01-01', '0001-01-01'],
    ['2023-02-29', 'not_a_date'],
    ['1900-02-29', 'not_a_date'],
    ['2026-04-31', 'not_a_date'],
    ['2026-13-01', 'not_a_date'],
    ['0000-01-01', 'not_a_date'],
    ['2026-1-1', 'not_a_date'],
    ['2026-01-01 00:00', 'not_a_date'],
    ['01/02/2026', 'not_a_date'],
  ])('reads %s: %s', async (text, expected) => {
    expect(await loadValue(text, 'date')).toBe(expected);
  });

  it.each([
    ['M/D/YY', '1/31/26', '2026-01-31'],
    ['M/D/YY', '12/1/69', '1969-12-01'],
    ['M/D/YY', '12/1/68', '2068-12-01'],
    ['M/D/YY', '31/1/26', 'not_a_date'],
    ['M/D/YY', '1/31/2026', 'not_a_date'],
    ['DD.MM.YYYY', '01.02.2026', '2026-02-01'],
    ['DD.MM.YYYY', '1.2.2026', 'not_a_date'],
    ['YYYYMMDD', '20260201', '2026-02-01'],
    ['D/M/YYYY H:mm', '1/2/2026 9:05', '2026-02-01'],
  ])('reads by the format %s the text %s: %s', async (format, text, expected) => {
    expect(await loadValue(text, 'date', { formats: [format] })).toBe(expected);
  });

  it.each([
    ['M/D', 'has no year'],
    ['YYYY-MM-DD X', 'holds "X"'],
    ['YYYY-MM-DD MM', 'names a part twice'],
    ['YYYY-MM-DD h:mm', 'h without A'],
    ['YYYY-MM-DD H:mm A', 'A without h'],
    ['', 'has no year'],
  ])('refuses the format %j, which %s', (format, problem) => {
    expect(() => converterOf(column('d', 'date', { formats: [format] }), 'UTC')).toThrow(problem);
  });
});

describe('timestamps', () => {
  it.each([
    ['2026-03-01', '2026-03-01 00:00:00+00'],
    ['2026-03-01 12:34', '2026-03-01 12:34:00+00'],
    ['2026-03-01T12:34:56Z', '2026-03-01 12:34:56+00'],
    ['2026-03-01t12:34:56.5z', '2026-03-01 12:34:56.500000+00'],
    ['2026-03-01 12:34:56.000001', '2026-03-01 12:34:56.000001+00'],
    ['2026-03-01T12:34:56.1234567Z', '2026-03-01 12:34:56.123456+00'],
    ['2026-03-01 00:30:00+02', '2026-02-28 22:30:00+00'],
    ['2024-02-28T23:30:00-0130', '2024-02-29 01:00:00+00'],
    ['2026-12-31T23:59:59-00:01', '2027-01-01 00:00:59+00'],
    ['2026-03-01 12:34:56 +05:45', '2026-03-01 06:49:56+00'],
    ['0001-01-01 00:00+01', 'out_of_range'],
    ['9999-12-31 23:59-01', 'out_of_range'],
    ['2026-03-01 24:00', 'not_a_timestamp'],
    ['2026-03-01 12:60', 'not_a_timestamp'],
    ['2026-03-01 12:34:60', 'not_a_timestamp'],
    ['2026-03-01 12', 'not_a_timestamp'],
    ['2026-03-01 12:3', 'not_a_timestamp'],
    ['2026-03-01 12:34:5', 'not_a_timestamp'],
    ['2026-03-01 12:34:56.', 'not_a_timestamp'],
    ['2026-03-01 12:34:56.1234567890', 'not_a_timestamp'],
    ['2026-03-01 12:34:56+', 'not_a_timestamp'],
    ['2026-03-01 12:34:56+1', 'not_a_timestamp'],
    ['2026-03-01 12:34:56+16', 'not_a_timestamp'],
    ['2026-03-01 12:34:56+02:', 'not_a_timestamp'],
    ['2026-03-01 12:34:56Zx', 'not_a_timestamp'],
    ['2026-02-30 12:00', 'not_a_timestamp'],
    ['2026-03-01_12:00', 'not_a_timestamp'],
  ])('reads %s: %s', async (text, expected) => {
    expect(await loadValue(text, 'timestamp')).toBe(expected);
  });

  it.each([
    ['M/D/YY h:mm A', '3/1/26 12:05 AM', '2026-03-01 00:05:00+00'],
    ['M/D/YY h:mm A', '3/1/26 12:05 pm', '2026-03-01 12:05:00+00'],
    ['M/D/YY h:mm A', '3/1/26 1:05 PM', '2026-03-01 13:05:00+00'],
    ['M/D/YY h:mm A', '3/1/26 13:05 PM', 'not_a_timestamp'],
    ['M/D/YY h:mm A', '3/1/26 0:05 AM', 'not_a_timestamp'],
    ['M/D/YY H:mm', '3/1/26 25:05', 'not_a_timestamp'],
    ['DD.MM.YYYY HH:mm:ss', '01.03.2026 07:08:09', '2026-03-01 07:08:09+00'],
    ['DD.MM.YYYY HH:mm:ss', '01.03.2026 07:08:09 ', '2026-03-01 07:08:09+00'],
    ['DD.MM.YYYY HH:mm:ss', '01.03.2026 07:08', 'not_a_timestamp'],
  ])('reads by the format %s the text %s: %s', async (format, text, expected) => {
    expect(await loadValue(text, 'timestamp', { formats: [format] })).toBe(expected);
  });

  it('takes a text without an offset for local time of the dataset', async () => {
    expect(await loadValue('2026-07-01 12:00', 'timestamp', { timezone: 'Europe/Berlin' })).toBe(
      '2026-07-01 10:00:00+00',
    );
    expect(await loadValue('2026-07-01 12:00Z', 'timestamp', { timezone: 'Europe/Berlin' })).toBe(
      '2026-07-01 12:00:00+00',
    );
  });

  it('agrees with Date on any instant, and on any offset', () => {
    const convert = convertValue(column('t', 'timestamp'));
    const instants = fc.integer({ min: Date.UTC(1600, 0), max: Date.UTC(9990, 0) });
    fc.assert(
      fc.property(instants, fc.integer({ min: -15 * 60, max: 15 * 60 }), (instant, offset) => {
        const local = new Date(instant + offset * 60_000).toISOString().slice(0, -1);
        const size = Math.abs(offset);
        const written = convert(
          `${local}${offset < 0 ? '-' : '+'}${twoDigits(Math.floor(size / 60))}:${twoDigits(size % 60)}`,
        );
        expect(new Date(written.replace(' ', 'T').replace('+00', 'Z')).getTime()).toBe(instant);
      }),
    );
  });
});

describe('text', () => {
  it('gives back any text that was quoted', () => {
    const convert = convertValue(column('t', 'text'));
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (text) => {
        fc.pre(!text.includes('\0') && text.isWellFormed());
        expect(convert(text)).toBe(text);
      }),
    );
  });

  it.each(['\\N', '\\.', '=1+1', '@SUM(A1)', '\t', 'a\\', '\b\f\v\r\n', '  padded  '])(
    'keeps %j as it is',
    async (text) => {
      expect(await loadValue(text, 'text')).toBe(text);
    },
  );

  it('refuses a NUL', async () => {
    expect(await loadValue('a\0b', 'text')).toBe('nul_character');
  });

  it('tells an empty field, which is null, from an empty text in quotes', async () => {
    const target = dataset([
      column('id', 'integer'),
      column('a', 'text'),
      column('b', 'text'),
      column('n', 'integer'),
    ]);
    const { rows } = await load('id,a,b,n\n1,,"",""\n', target);
    expect(rows).toEqual([['1', null, '', null]]);
  });
});

function twoDigits(n: number): string {
  return String(n).padStart(2, '0');
}
