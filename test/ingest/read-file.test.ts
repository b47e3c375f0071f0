import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { FileReading, ReadProgress } from '../../src/ingest/read-file.ts';
import { readFile } from '../../src/ingest/read-file.ts';
import { parseCopyBinary } from './copy-binary.ts';
import { column, dataset, load } from './datasets.ts';

const people = dataset(
  [
    column('id', 'integer', { required: true }),
    column('name', 'text', { headers: ['Full Name', 'name'] }),
    column('born', 'date'),
  ],
  { key: ['id'] },
);

function utf16(text: string, order: 'le' | 'be'): Buffer {
  const bytes = Buffer.from(`\ufeff${text}`, 'utf16le');
  return order === 'le' ? bytes : bytes.swap16();
}

async function rowsOf(content: string | Uint8Array): Promise<(string | null)[][]> {
  return (await load(content, people)).rows;
}

describe('the dialect of a file', () => {
  const rows = [
    ['1', 'J\u00fcrgen; "J", 50\u00a0\u20ac|\tM', '2000-01-02'],
    ['2', null, null],
  ];

  function csv(delimiter: string, lineBreak = '\n'): string {
    const name = '"J\u00fcrgen; ""J"", 50\u00a0\u20ac|\tM"';
    return ['id,name,born', `1,${name},2000-01-02`, '2,,']
      .map((line) => line.replaceAll(/,(?! 50)/g, delimiter))
      .join(lineBreak);
  }

  it.each([',', ';', '\t', '|'])('finds the delimiter %j', async (delimiter) => {
    expect(await rowsOf(csv(delimiter))).toEqual(rows);
  });

  it.each(['\n', '\r\n', '\r'])('reads lines that end in %j', async (lineBreak) => {
    expect(await rowsOf(csv(',', lineBreak))).toEqual(rows);
    expect(await rowsOf(csv(',', lineBreak) + lineBreak)).toEqual(rows);
  });

  it.each([
    ['UTF-8', Buffer.from(csv(';'))],
    ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${csv(';')}`)],
    ['UTF-16LE', utf16(csv(';'), 'le')],
    ['UTF-16BE', utf16(csv(';'), 'be')],
    ['UTF-16LE without a byte order mark', utf16(csv(';'), 'le').subarray(2)],
    ['UTF-16BE without a byte order mark', utf16(csv(';'), 'be').subarray(2)],
    ['Windows-1252', Buffer.from(csv(';').replace('\u20ac', '\x80'), 'latin1')],
  ])('reads %s', async (_, bytes) => {
    expect(await rowsOf(bytes)).toEqual(rows);
  });

  it.each(['sep=^\nid^name^born\n1^a^', '"sep=;"\r\nid;name;born\r\n1;a;', 'SEP=\t\nid\tname\tborn\n1\ta\t'])(
    'obeys the separator line of %j, which is no row',
    async (text) => {
      const { rows: loaded, account, lines } = await load(text, people);
      expect(loaded).toEqual([['1', 'a', null]]);
      expect(lines).toEqual([3]);
      expect(account.read).toBe(1);
    },
  );

  it('prefers the delimiter that finds the columns to the one that occurs most', async () => {
    expect(await rowsOf('id;Full Name;a,b,c,d\n1;x;y')).toEqual([['1', 'x', null]]);
  });

  it('takes the delimiter of the dataset, unless the file itself names one', async () => {
    const target = { ...people, delimiter: '^' };
    const expected = [['1', 'a,b;c', null]];
    expect((await load('id^name^born\n1^a,b;c^\n', target)).rows).toEqual(expected);
    expect((await load('sep=|\nid|name|born\n1|a,b;c|\n', target)).rows).toEqual(expected);
    await expect(load('id,name,born\n1,a,\n', target)).rejects.toMatchObject({ reason: 'no_header' });
  });

  it('takes the encoding of the dataset', async () => {
    const bytes = Buffer.from('id,name,born\n1,\u00c3\u00bc,\n', 'latin1');
    expect((await load(bytes, { ...people, encoding: 'windows-1252' })).rows).toEqual([
      ['1', '\u00c3\u00bc', null],
    ]);
    expect((await load(bytes, people)).rows).toEqual([['1', '\u00fc', null]]);
  });

  it('decides for Windows-1252 by the whole file, also where the first odd byte comes late', async () => {
    const lines = Array.from({ length: 20_000 }, (_, i) => `${i},plain,`).join('\n');
    const { rows: loaded } = await load(
      Buffer.from(`id,name,born\n${lines}\n20000,J\u00fcrgen,`, 'latin1'),
      people,
    );
    expect(loaded.at(-1)).toEqual(['20000', 'J\u00fcrgen', null]);
  });

  it('does not take a UTF-8 character on the border of two chunks for damage', async () => {
    for (let pad = 131_055; pad < 131_073; pad += 1) {
      const name = `${'x'.repeat(pad - 'id,name,born\n1,'.length)}\u{1f600}\u20ac\u00e4`;
      expect(await rowsOf(`id,name,born\n1,${name},\n`)).toEqual([['1', name, null]]);
    }
  });

  it('believes a byte order mark rather than the bytes after it', async () => {
    const text = Buffer.from('\xef\xbb\xbfid,name,born\n1,\xfc\xfc\xfc,\n2,x,', 'latin1');
    const { rows: loaded, rejects } = await load(text, people);
    expect(loaded).toEqual([['2', 'x', null]]);
    expect(rejects).toMatchObject([{ line: 2, reason: 'invalid_utf8' }]);
  });

  it('rejects only the damaged row of a file that is UTF-8 otherwise', async () => {
    const good = Buffer.from('id,name,born\n1,J\u00fcrgen,\n2,Zo\u00eb,\n3,');
    const { rows: loaded, rejects } = await load(
      Buffer.concat([good, Buffer.from([0xfc]), Buffer.from(',\n4,x,')]),
      people,
    );
    expect(loaded.map(([, name]) => name)).toEqual(['J\u00fcrgen', 'Zo\u00eb', 'x']);
    expect(rejects).toMatchObject([{ line: 4, reason: 'invalid_utf8', column: null }]);
  });

  it('rejects a row in doubt rather than load wrong letters of the others', async () => {
    const text = Buffer.from('id,name,born\n1,J\u00c3\u00bcrgen,\n2,\xfc,\n', 'latin1');
    const { rows: loaded, rejects } = await load(text, people);
    expect(loaded).toEqual([['1', 'J\u00fcrgen', null]]);
    expect(rejects).toMatchObject([{ line: 3, reason: 'invalid_utf8' }]);
  });
});

describe('the header', () => {
  it('is matched by any of its texts, trimmed and without regard to case, in any order, beside unknown columns', async () => {
    expect(await rowsOf(' BORN ,x,full name,"ID"\n2000-01-02,y,Ann,1\n')).toEqual([
      ['1', 'Ann', '2000-01-02'],
    ]);
  });

  it('may lack a column that is not required', async () => {
    expect(await rowsOf('id\n1\n2')).toEqual([
      ['1', null, null],
      ['2', null, null],
    ]);
  });

  it.each([
    ['is required', dataset([column('a', 'text'), column('b', 'text', { required: true })])],
    ['belongs to the key', dataset([column('a', 'text'), column('b', 'text')], { key: ['b'] })],
  ])('may not lack a column that %s', async (_, target) => {
    await expect(load('a\n1\n', target)).rejects.toThrow('Missing columns: b.');
  });

  it('alone makes a file without rows', async () => {
    const { rows, account } = await load('id,name,born', people);
    expect(rows).toEqual([]);
    expect(account).toMatchObject({ read: 0, loaded: 0 });
  });

  it('may come after blank lines', async () => {
    const { rows, account, lines } = await load('\n;;\nid;name;born\n1;a;\n', people);
    expect(rows).toHaveLength(1);
    expect(lines).toEqual([4]);
    expect(account).toMatchObject({ read: 3, blank: 2 });
  });
});

describe('a file that cannot be read as a whole', () => {
  it.each([
    ['empty_file', ''],
    ['empty_file', '\ufeff'],
    ['empty_file', '\n\r\n'],
    ['no_header', 'a,b,c\n1,2,3\n'],
    ['missing_columns', 'name,born\nAnn,2000-01-02\n'],
    ['duplicate_header', 'id,name,Full Name\n1,a,b\n'],
    ['duplicate_header', 'id,ID\n1,2\n'],
    ['unbalanced_quote', 'id,"name,born\n1,a,\n'],
    ['not_csv', 'PK\x03\x04 [Content_Types].xml'],
    ['damaged_archive', 'PK\x03\x04 report.csv'],
    ['not_csv', '%PDF-1.7\n'],
    ['not_csv', '\ufeff\n<!DOCTYPE html><html>'],
    ['not_csv', '<table><tr><td>id</td></tr></table>'],
    ['damaged_archive', Buffer.from([0x1f, 0x8b, 0x08, 0])],
    ['not_csv', 'BZh91AY&SY'],
    ['not_csv', Buffer.from('\xfd7zXZ\0', 'latin1')],
    ['not_csv', Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1])],
    ['undecodable', Buffer.from('id,name,born\n1,\x81\xfc,\n', 'latin1')],
    ['undecodable', Buffer.concat([utf16('id,name\n1,a', 'le'), Buffer.from([0x41])])],
    ['undecodable', Buffer.concat([utf16('id,name\n1,', 'le'), Buffer.from([0x00, 0xd8, 0x41, 0x00])])],
    ['undecodable', Buffer.from('id,na\0me,born\n1,a,')],
    ['record_too_long', `id,name,born\n1,${'x'.repeat(1_100_000)}`],
    ['too_many_rejects', `id,name,born\n${'x,,\n'.repeat(11)}${'1,,\n'.repeat(9)}`],
    [
      'too_many_rejects',
      `id\n${Array.from({ length: 30_000 }, (_, i) => i).join('\n')}\n${'x\n'.repeat(10_001)}`,
    ],
  ])('is refused as %s', async (reason, content) => {
    await expect(load(content, people)).rejects.toMatchObject({ name: 'FileUnreadable', reason });
  });

  it('says where, what was found and what was expected', async () => {
    await expect(load('\nname;x\nAnn;1', people)).rejects.toMatchObject({
      reason: 'missing_columns',
      line: 2,
      byteOffset: 1,
      message: 'Line 2: Missing columns: id. The header reads: name, x.',
    });
    await expect(load('PK\x03\x04 [Content_Types].xml', people)).rejects.toThrow('an Excel workbook (XLSX)');
    await expect(load(`id,name,born\n${'x,,\n'.repeat(20)}`, people)).rejects.toThrow(
      'line 2: id: "x" is not a whole number',
    );
  });

  it('is not refused for rejects up to half of its rows, or among a few', async () => {
    const half = `${'x\n'.repeat(10)}${[1, 2, 3, 4, 5, 6, 7, 8, 9, 10].join('\n')}`;
    expect((await load(`id\n${half}`, people)).account).toMatchObject({ loaded: 10, rejected: 10 });
    expect((await load(`id\n${'x\n'.repeat(19)}`, people)).account).toMatchObject({
      loaded: 0,
      rejected: 19,
    });
  });
});

describe('the account', () => {
  it('tells for each refused row where it is, which column and why', async () => {
    const { account, rejects, rows, lines } = await load(
      '\ufeffid,name,born\r\n1,"two\r\nlines",\r\n2,J\u00fcrgen\r\n3,a,b,c\r\n\r\nx,a,\r\n,a,\r\n4,a,2026-02-30\r\n5,"a"b,\r\n6,ok,',
      people,
    );
    expect(rows.map(([id]) => id)).toEqual(['1', '6']);
    expect(lines).toEqual([2, 11]);
    expect(account).toMatchObject({ read: 9, loaded: 2, rejected: 6, duplicate: 0, blank: 1 });
    expect(rejects).toMatchObject([
      {
        line: 4,
        byteOffset: 34,
        column: null,
        reason: 'too_few_fields',
        detail: 'fewer fields than the header',
        raw: '2,J\u00fcrgen',
      },
      {
        line: 5,
        byteOffset: 45,
        column: null,
        reason: 'too_many_fields',
        detail: 'more fields than the header',
        raw: '3,a,b,c',
      },
      {
        line: 7,
        byteOffset: 56,
        column: 'id',
        reason: 'not_an_integer',
        value: 'x',
        detail: 'id: "x" is not a whole number',
        raw: 'x,a,',
      },
      {
        line: 8,
        byteOffset: 62,
        column: 'id',
        reason: 'required_empty',
        detail: 'id is required and empty',
        raw: ',a,',
      },
      {
        line: 9,
        byteOffset: 67,
        column: 'born',
        reason: 'not_a_date',
        detail: 'born: "2026-02-30" is not a date in the expected format',
        raw: '4,a,2026-02-30',
      },
      {
        line: 10,
        byteOffset: 83,
        column: null,
        reason: 'unbalanced_quote',
        detail: 'a quoted field is not closed, has text after its closing quote, or runs into other rows',
        raw: '5,"a"b,',
      },
    ]);
  });

  it.each([
    ['UTF-8', (text: string) => Buffer.from(text)],
    ['UTF-8 with a byte order mark', (text: string) => Buffer.from(`\ufeff${text}`)],
    ['UTF-16LE', (text: string) => utf16(text, 'le')],
    ['UTF-16BE', (text: string) => utf16(text, 'be')],
    ['Windows-1252', (text: string) => Buffer.from(text.replace('\u{1f600}', '\xfc'), 'latin1')],
  ])('gives byte offsets of the file as it is stored in %s', async (_, encode) => {
    const before = 'id,name,born\n1,"\u00fc\u{1f600}\n",\n';
    const { rejects } = await load(encode(`${before}x,bad,\n2,,`), people);
    expect(rejects[0]?.byteOffset).toBe(encode(before).length);
  });

  it('gives up one line, and not the rows behind it, when a quote opens in one row and closes in a later one', async () => {
    const { rows, rejects } = await load(
      'id,name,born\n1,"open,\n2,b,2000-01-02\n3,c,\n4,close",\n5,"two\nlines",2000-01-02\n',
      people,
    );
    expect(rows.map(([id]) => id)).toEqual(['2', '3', '4', '5']);
    expect(rejects).toMatchObject([{ line: 2, reason: 'unbalanced_quote', raw: '1,"open,' }]);
    const other = await load('id,name,born\n1,"open,\n2,b,2000-01-02\n3,c",\n4,d,\n5,e,close"', people);
    expect(other.rows.map(([id]) => id)).toEqual(['2', '3', '4']);
    expect(other.rejects.map(({ line }) => line)).toEqual([2, 6]);
  });

  it('keeps a text of several lines as one, also with as many delimiters as a row has', async () => {
    const text = 'Main Street 5,\nBerlin, Germany\n2,b';
    expect(await rowsOf(`id,name,born\n1,"${text}",\n2,"${text}",2000-01-02`)).toEqual([
      ['1', text, null],
      ['2', text, '2000-01-02'],
    ]);
    const texts = dataset([column('a', 'text'), column('b', 'text')]);
    expect((await load('a,b\n"x,\ny",z\n', texts)).rows).toEqual([['x,\ny', 'z']]);
  });

  it('keeps at most 1,000 characters of a refused row, and no NUL', async () => {
    const { rejects } = await load(`id,name,born\nx,\0${'\u20ac'.repeat(3_000)},\n`, people);
    expect(rejects[0]?.raw).toHaveLength(1_000);
    expect(rejects[0]?.raw.startsWith('x,\u2400\u20ac')).toBe(true);
  });

  it('counts the later of two rows with equal keys as a duplicate, whatever way the key is written', async () => {
    const target = dataset([column('day', 'date'), column('n', 'integer'), column('t', 'text')], {
      key: ['n', 'day'],
    });
    const { rows, account } = await load(
      'day,n,t\n2026-01-01,1,first\n2026-01-01,+01,second\n2026-01-02,1,third\n,1,no key\n,1,no key\n',
      target,
    );
    expect(rows.map((row) => row[2])).toEqual(['first', 'third', 'no key', 'no key']);
    expect(account).toMatchObject({ read: 5, loaded: 4, duplicate: 1 });
  });

  it('does not count a row as seen that was refused', async () => {
    const { rows } = await load('id,born\n1,bad\n1,2026-01-01\n', people);
    expect(rows).toEqual([['1', null, '2026-01-01']]);
  });

  it('adds up and covers every line of any dirty input', async () => {
    const unit = fc.constantFrom('1', '2', 'x', ',', ',', '"', '\n', '\n', '\r\n', ' ', '\0', '\u00fc', '\\');
    await fc.assert(
      fc.asyncProperty(fc.string({ unit, maxLength: 80 }), async (body) => {
        // Few rows, so that the share of rejects never refuses the file.
        const lines = body.split(/(?<=\n)/).slice(0, 15);
        const {
          rows,
          lines: loadedLines,
          account,
          rejects,
        } = await load(`id,name,born\n${lines.join('')}`, people);
        const { read, loaded, rejected, duplicate, blank } = account;
        expect(read).toBe(loaded + rejected + duplicate + blank);
        expect(rows).toHaveLength(loaded);
        expect(rejects).toHaveLength(rejected);
        const content = Buffer.from(`id,name,born\n${lines.join('')}`);
        for (const reject of rejects) {
          const before = content.toString('utf8', 0, reject.byteOffset);
          expect(before.split(/\r\n|\r|\n/)).toHaveLength(reject.line);
          const raw = content.toString('utf8', reject.byteOffset).replaceAll('\0', '\u2400');
          expect(raw.startsWith(reject.raw)).toBe(true);
        }
        expect(new Set([...loadedLines, ...rejects.map(({ line }) => line)]).size).toBe(loaded + rejected);
      }),
      { numRuns: 150 },
    );
  });
});

describe('the stream', () => {
  const target = dataset([column('id', 'integer'), column('t', 'text')], { key: ['id'] });

  async function withFile<T>(content: string, use: (path: string) => Promise<T>): Promise<T> {
    const dir = await mkdtemp(join(tmpdir(), 'ingest-'));
    try {
      await writeFile(join(dir, 'f.csv'), content);
      return await use(join(dir, 'f.csv'));
    } finally {
      await rm(dir, { recursive: true });
    }
  }

  const large = `id,t\n${Array.from({ length: 30_000 }, (_, i) => `${i},text ${i}\\\n`).join('')}`;

  it('comes in chunks of moderate size, each left alone afterwards', async () => {
    await withFile(large, async (path) => {
      const progress: ReadProgress[] = [];
      const reading = readFile(path, target, { fileId: 5, onProgress: (done) => progress.push(done) });
      const chunks: Buffer[] = [];
      for await (const chunk of reading.chunks) chunks.push(chunk);
      expect(chunks.length).toBeGreaterThan(2);
      expect(chunks.every((chunk) => chunk.length <= 262_144)).toBe(true);
      const rows = parseCopyBinary(Buffer.concat(chunks));
      expect(
        rows.map((row) => [row[0]!.readInt32BE(), row[1]!.toString(), ...row.slice(2).map(bigint)]),
      ).toEqual(Array.from({ length: 30_000 }, (_, i) => [i, `text ${i}\\`, 5n, BigInt(i + 2)]));
      for (const step of ['checking', 'loading']) {
        const ofStep = progress.filter((each) => each.step === step);
        expect(ofStep.length).toBeGreaterThan(2);
        expect(ofStep).toEqual(ofStep.toSorted((a, b) => a.done - b.done));
        expect(ofStep.at(-1)).toEqual({ step, done: large.length, of: large.length });
      }
    });
  });

  it('hands rejects over long before the end of a file without good rows', async () => {
    const lines = Array.from({ length: 9000 }, () => `x,${'y'.repeat(100)}\n`).join('');
    await withFile(`id,t\n${lines}`, async (path) => {
      const limits = { rows: 9000, ratio: 1 };
      const reading = readFile(path, { ...target, maxRejected: limits }, { fileId: 1 });
      const taken: number[] = [];
      for await (const chunk of reading.chunks) {
        expect(chunk.length).toBe(0);
        taken.push(reading.takeRejects().length);
      }
      expect(taken.length).toBeGreaterThan(3);
      expect(Math.max(...taken)).toBeLessThan(4000);
      expect(taken.reduce((sum, rejects) => sum + rejects)).toBe(9000);
    });
  });

  it('stops with the reason of its signal', async () => {
    await withFile(large, async (path) => {
      const controller = new AbortController();
      const reading = readFile(path, target, { fileId: 5, signal: controller.signal });
      await expect(
        drain(reading, () => {
          controller.abort(new Error('enough'));
        }),
      ).rejects.toThrow('enough');
    });
  });

  it('names the columns in the order of the rows', () => {
    expect(readFile('nowhere', target, { fileId: 1 }).columns).toEqual(['id', 't', '_file_id', '_line']);
  });

  it('says that a file is not there in the words of the system', async () => {
    const reading = readFile('/nowhere/f.csv', target, { fileId: 5 });
    await expect(drain(reading)).rejects.toThrow('ENOENT');
  });
});

async function drain(reading: FileReading, onChunk?: (chunk: Buffer) => void): Promise<void> {
  for await (const chunk of reading.chunks) onChunk?.(chunk);
}

function bigint(value: Buffer | null): bigint | undefined {
  return value?.readBigInt64BE();
}
