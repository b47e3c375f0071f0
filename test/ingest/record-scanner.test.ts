import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { RecordScanner, recordLimits } from '../../src/ingest/record-scanner.ts';

interface Scanned {
  readonly fields: string[];
  readonly raw: string;
  readonly line: number;
  readonly flaw: string | null;
}

function scan(chunks: readonly Uint8Array[], delimiter = ','): Scanned[] {
  const scanner = new RecordScanner(delimiter.charCodeAt(0));
  const records: Scanned[] = [];
  function drain(): void {
    while (scanner.next()) {
      const { line, flaw } = scanner;
      const raw = scanner.bytes.toString('utf8', scanner.start, scanner.end);
      records.push({ fields: scanner.fieldTexts(), raw, line, flaw });
    }
  }
  for (const chunk of chunks) {
    scanner.push(Buffer.from(chunk));
    drain();
  }
  scanner.finish();
  drain();
  return records;
}

function scanText(text: string, delimiter?: string): Scanned[] {
  return scan([Buffer.from(text)], delimiter);
}

/** The same bytes in pieces of the given sizes, over and over. */
function split(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0, i = 0; at < bytes.length; i += 1) {
    const size = sizes[i % sizes.length] ?? 1;
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

function physicalLines(text: string): number {
  return text.replace(/(\r\n|\r|\n)$/, '').split(/\r\n|\r|\n/).length;
}

const delimiters = [',', ';', '\t', '|'] as const;
const fieldText = fc.string({
  unit: fc.constantFrom(
    'a',
    'b',
    '"',
    ',',
    ';',
    '\t',
    '|',
    '\n',
    '\r',
    '\r\n',
    ' ',
    '=',
    '\\',
    '\u00e4',
    '\u{1f600}',
  ),
  maxLength: 6,
});
const dirtyText = fc.string({
  unit: fc.constantFrom('a', '1', '"', '""', ',', '\n', '\r', '\r\n', ' ', '\u00e4'),
  maxLength: 60,
});
const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });

describe('scanning records', () => {
  it('reads what csv-parse reads, for any fields, delimiter, line break and quoting', () => {
    const table = fc.array(fc.array(fc.tuple(fieldText, fc.boolean()), { minLength: 2, maxLength: 5 }), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(
        table,
        fc.constantFrom(...delimiters),
        fc.constantFrom('\n', '\r\n', '\r'),
        fc.boolean(),
        (rows, delimiter, lineBreak, closed) => {
          const lines = rows.map((row) =>
            row
              .map(([text, quoted]) =>
                quoted || /["\r\n,;\t|]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text,
              )
              .join(delimiter),
          );
          const csv = lines.join(lineBreak) + (closed ? lineBreak : '');
          const oracle: string[][] = parse(csv, {
            delimiter,
            record_delimiter: ['\r\n', '\n', '\r'],
            relax_column_count: true,
          });
          const records = scanText(csv, delimiter);
          expect(records.map((record) => record.fields)).toEqual(oracle);
          expect(records.every((record) => record.flaw === null)).toBe(true);
        },
      ),
      { numRuns: 400 },
    );
  });

  it('gives the same records however the bytes are cut', () => {
    fc.assert(
      fc.property(dirtyText, sizes, (text, pieces) => {
        const bytes = Buffer.from(text);
        expect(scan(split(bytes, pieces))).toEqual(scan([bytes]));
      }),
      { numRuns: 600 },
    );
  });

  it('tiles any input: the records joined are the file, and each begins on its physical line', () => {
    fc.assert(
      fc.property(dirtyText, (text) => {
        const records = scanText(text);
        expect(records.map((record) => record.raw).join('')).toBe(text);
        let line = 1;
        for (const record of records) {
          expect(record.line).toBe(line);
          line += physicalLines(record.raw);
        }
      }),
      { numRuns: 600 },
    );
  });

  it('keeps a quote inside an unquoted field as an ordinary character', () => {
    expect(scanText('pipe 5",3\n')).toMatchObject([{ fields: ['pipe 5"', '3'], flaw: null }]);
  });

  it('gives up only the line of a quote that is never closed', () => {
    expect(scanText('a,"b\nc,d\ne,"f"\n')).toMatchObject([
      { raw: 'a,"b\n', line: 1, flaw: 'unbalanced_quote' },
      { fields: ['c', 'd'], line: 2, flaw: null },
      { fields: ['e', 'f'], line: 3, flaw: null },
    ]);
  });

  it('gives up the line on which text follows a closing quote', () => {
    expect(scanText('"a" b,c\r\nd,e')).toMatchObject([
      { raw: '"a" b,c\r\n', flaw: 'unbalanced_quote' },
      { fields: ['d', 'e'], line: 2, flaw: null },
    ]);
  });

  it('takes a quoted field of too many lines for an unbalanced quote, at the same line for any cut', () => {
    const text = `"${'x\n'.repeat(recordLimits.lines - 1)}"\n`;
    expect(scanText(text)).toMatchObject([{ flaw: null }]);
    const longer = Buffer.from(`"${'x\n'.repeat(recordLimits.lines)}"\n`);
    const whole = scan([longer]);
    expect(whole[0]).toMatchObject({ raw: '"x\n', flaw: 'unbalanced_quote' });
    expect(whole[1]).toMatchObject({ fields: ['x'], line: 2, flaw: null });
    expect(scan(split(longer, [7]))).toEqual(whole);
  });

  it('accepts a record of the greatest length, and reports a line that is longer instead of buffering it', () => {
    const longest = 'x'.repeat(recordLimits.bytes);
    expect(scanText(`${longest}\nb`)).toMatchObject([{ flaw: null }, { fields: ['b'] }]);
    const scanner = new RecordScanner(44);
    scanner.push(Buffer.from(`${longest}xxx`));
    expect(scanner.next()).toBe(true);
    expect(scanner.flaw).toBe('too_long');
  });

  it('takes a quote that swallows a megabyte of rows for unbalanced', () => {
    const rows = `${'y'.repeat(9_999)}\n`.repeat(120);
    const records = scan(split(Buffer.from(`"open\n${rows}`), [131_072]));
    expect(records[0]).toMatchObject({ raw: '"open\n', flaw: 'unbalanced_quote' });
    expect(records).toHaveLength(121);
  });

  it('has room for thousands of fields', () => {
    const fields = Array.from({ length: 5_000 }, (_, i) => String(i));
    expect(scanText(fields.join(','))[0]?.fields).toEqual(fields);
  });
});
