import { isAscii } from 'node:buffer';

import { CsvError, type Options, parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { FileUnreadable } from '../../src/ingest/file-unreadable.ts';
import { column, dataset, load } from './datasets.ts';
import type { Loaded } from './load-file.ts';

/** A file as text, and how it is written. */
interface Dialect {
  readonly delimiter: string;
  readonly lineBreak: string;
  readonly quoting: 'all' | 'needed' | 'mixed';
  readonly encoding: 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';
  readonly mark: boolean;
  readonly closed: boolean;
}

interface Field {
  readonly text: string;
  /** Where the dialect leaves the choice. */
  readonly quoted: boolean;
}

const dialect: fc.Arbitrary<Dialect> = fc.record({
  delimiter: fc.constantFrom(',', ';', '\t', '|'),
  lineBreak: fc.constantFrom('\n', '\r\n', '\r'),
  quoting: fc.constantFrom('all', 'needed', 'mixed'),
  encoding: fc.constantFrom('utf-8', 'utf-16le', 'utf-16be', 'windows-1252'),
  mark: fc.boolean(),
  closed: fc.boolean(),
});

const ascii = ['a', '1', '"', ',', ';', '\t', '|', '\n', '\r', '\r\n', ' ', '=', '\\', "'", '-', '\x7f'];

/** `letters`: those beyond ASCII. The two of Windows-1252 are no UTF-8, however they follow each other. */
function table(letters: readonly string[]): fc.Arbitrary<Field[][]> {
  const text = fc.string({ unit: fc.constantFrom(...ascii, ...letters), maxLength: 8 });
  const field = fc.record({ text, quoted: fc.boolean() });
  return fc
    .integer({ min: 2, max: 5 })
    .chain((width) =>
      fc.array(fc.array(field, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 8 }),
    );
}

const file = dialect.chain((written) =>
  table(written.encoding === 'windows-1252' ? ['ä', 'ß'] : ['ä', '€', '漢', '\u{1f600}', 'e\u0301']).map(
    (rows) => ({ written, rows, text: textOf(rows, written) }),
  ),
);

const names = ['c1', 'c2', 'c3', 'c4', 'c5'];
const texts = dataset(names.map((name) => column(name, 'text')));

describe('what csv-parse reads', () => {
  it('is what is loaded, for any fields, delimiter, quoting, line break, encoding and byte order mark', async () => {
    await fc.assert(
      fc.asyncProperty(file, async ({ written, rows, text }) => {
        const loaded = await load(bytesOf(text, written), texts);
        expect(fieldsOf(loaded, rows)).toEqual(readStrictly(text, written));
        expect(loaded.rejects).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it('is what is loaded, wherever the chunks of a file of many end', async () => {
    await fc.assert(
      fc.asyncProperty(file, async ({ written, rows }) => {
        const length = textOf(rows, written).length;
        const many = Array.from({ length: Math.ceil(300_000 / length) }, () => rows).flat();
        const text = textOf(many, written);
        const loaded = await load(bytesOf(text, written), texts);
        expect(fieldsOf(loaded, rows)).toEqual(readStrictly(text, written));
        expect(loaded.rejects).toEqual([]);
      }),
      { numRuns: 6 },
    );
  });
});

describe('what csv-parse refuses', () => {
  const damage = fc.array(
    fc.record({
      at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      without: fc.nat(2),
      by: fc.constantFrom('', '"', '""', ',', ';', '\n', '\r', 'x', ' '),
    }),
    { minLength: 1, maxLength: 3 },
  );

  it('is refused too, and no row is loaded that csv-parse would read otherwise', async () => {
    const met = { read: 0, refused: 0, lenient: 0 };
    await fc.assert(
      fc.asyncProperty(file, damage, async ({ written, rows, text }, damages) => {
        const damaged = damages.reduce(withDamage, text);
        const oracle = readStrictly(damaged, written);
        met[typeof oracle === 'string' ? oracle : 'read'] += 1;
        const loaded = await loadOrRefuse(damaged);
        if (loaded instanceof FileUnreadable) {
          expect(loaded.reason).toBe('too_many_rejects');
          expect(oracle).toBeTypeOf('string');
          return;
        }
        if (typeof oracle !== 'string') expect(fieldsOf(loaded, rows)).toEqual(oracle);
        if (oracle !== 'lenient') expect(loaded.rejects.length > 0).toBe(oracle === 'refused');
        expectEachRowAtItsLine(loaded, damaged, { written, rows });
      }),
      { numRuns: 600 },
    );
    expect(Math.min(...Object.values(met)), 'how often the rarest of these was met').toBeGreaterThan(20);
  });
});

async function loadOrRefuse(text: string): Promise<Loaded | FileUnreadable> {
  try {
    return await load(text, texts);
  } catch (error) {
    if (error instanceof FileUnreadable) return error;
    throw error;
  }
}

function textOf(rows: readonly Field[][], { delimiter, lineBreak, quoting, closed }: Dialect): string {
  const header = names.slice(0, rows[0]?.length).map((text) => ({ text, quoted: false }));
  const lines = [header, ...rows].map((row) =>
    row
      .map(({ text, quoted }) => {
        const isQuoted = /["\r\n,;\t|]/.test(text) || quoting === 'all' || (quoting === 'mixed' && quoted);
        return isQuoted ? `"${text.replaceAll('"', '""')}"` : text;
      })
      .join(delimiter),
  );
  return lines.join(lineBreak) + (closed ? lineBreak : '');
}

function bytesOf(text: string, { encoding, mark }: Dialect): Buffer {
  if (encoding === 'windows-1252') return Buffer.from(text, 'latin1');
  // Without a mark, UTF-16 shows by its zeros, which are few where much is not ASCII.
  const needsMark = encoding !== 'utf-8' && !isAscii(Buffer.from(text));
  const marked = mark || needsMark ? `\ufeff${text}` : text;
  if (encoding === 'utf-8') return Buffer.from(marked);
  const wide = Buffer.from(marked, 'utf16le');
  return encoding === 'utf-16le' ? wide : wide.swap16();
}

function optionsOf({ delimiter }: Dialect): Options {
  return { delimiter, record_delimiter: ['\r\n', '\n', '\r'], skip_empty_lines: true };
}

/**
 * The rows of csv-parse behind the header, without those of delimiters alone, which it does not know. `refused`: it throws, or would for a row that is
 * longer or shorter than the header. `lenient`: it throws for a quote within an unquoted field, which to us is a character like others.
 */
function readStrictly(text: string, written: Dialect): string[][] | 'refused' | 'lenient' {
  try {
    const options = { ...optionsOf(written), raw: true, relax_column_count: true };
    const [header, ...rest] = parse(text, options) as unknown as { record: string[]; raw: string }[];
    const rows = rest.filter(
      ({ raw }) => raw.replaceAll(written.delimiter, '').replaceAll(/[\r\n]/g, '') !== '',
    );
    const isRagged = rows.some(({ record }) => record.length !== header?.record.length);
    return isRagged ? 'refused' : rows.map(({ record }) => record);
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    return error.code === 'INVALID_OPENING_QUOTE' ? 'lenient' : 'refused';
  }
}

/** Each row is the record that csv-parse reads when its text begins on the row's line. */
function expectEachRowAtItsLine(
  loaded: Loaded,
  text: string,
  { written, rows }: { readonly written: Dialect; readonly rows: readonly Field[][] },
): void {
  const lines = text.split(/(?<=\r\n|\n|\r(?!\n))/);
  const read = loaded.lines.map((line) => firstRecord(lines.slice(line - 1).join(''), written));
  expect(fieldsOf(loaded, rows)).toEqual(read);
}

function firstRecord(text: string, written: Dialect): string[] | undefined {
  const options = { ...optionsOf(written), to: 1 };
  try {
    return parse(text, options)[0];
  } catch (error) {
    expect(error).toMatchObject({ code: 'INVALID_OPENING_QUOTE' });
    return parse(text, { ...options, relax_quotes: true })[0];
  }
}

/** Null and an empty text are one for csv-parse. */
function fieldsOf(loaded: Loaded, rows: readonly Field[][]): string[][] {
  return loaded.rows.map((row) => row.slice(0, rows[0]?.length).map((value) => value ?? ''));
}

/** Behind the header. */
function withDamage(text: string, { at, without, by }: { at: number; without: number; by: string }): string {
  const header = text.search(/[\r\n]/) + 2;
  const place = header + Math.floor(at * (text.length - header));
  return text.slice(0, place) + by + text.slice(place + without);
}
