import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import fc from 'fast-check';
import { writeXlsx } from 'hucre';
import { describe, expect, it } from 'vitest';

import { FileUnreadable } from '../../src/ingest/file-unreadable.ts';
import { type ReadProgress, readFile } from '../../src/ingest/read-file.ts';
import { unpackedLimit } from '../../src/ingest/unpack.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { column, dataset, load } from './datasets.ts';
import { type ZipEntry, zipFile } from './zip-file.ts';

const people = dataset([
  column('id', 'integer', { required: true }),
  column('name', 'text'),
  column('born', 'date'),
]);

const csv = 'id,name,born\n1,J\u00fcrgen,2000-01-02\nx,bad,\n2,"two\nlines",\n3,short\n4,Ann,\n';

/** Everything that reading a file tells: rows, lines and account, or the refusal. */
async function outcomeOf(content: string | Uint8Array): Promise<unknown> {
  try {
    return await load(content, people);
  } catch (error) {
    if (!(error instanceof FileUnreadable)) throw error;
    const { reason, message, line, byteOffset } = error;
    return { reason, message, line, byteOffset };
  }
}

/** The content in members of so many bytes, in turn. */
function gzipMembers(content: Buffer, sizes: readonly number[]): Buffer {
  const members: Buffer[] = [];
  for (let at = 0, i = 0; at < content.length; i += 1) {
    const size = sizes[i % sizes.length]!;
    members.push(gzipSync(content.subarray(at, at + size), { level: i % 10 }));
    at += size;
  }
  return Buffer.concat(members.length === 0 ? [gzipSync(content)] : members);
}

const packings: readonly (readonly [title: string, pack: (content: Buffer) => Buffer])[] = [
  ['gzip', (content) => gzipSync(content)],
  ['gzip with a name and a comment', (content) => withGzipName(gzipSync(content))],
  ['a deflated zip', (content) => zipFile([{ name: 'a.csv', content }])],
  ['a stored zip', (content) => zipFile([{ name: 'a.csv', content, method: 0 }])],
  [
    'a zip with its sums behind the content',
    (content) => zipFile([{ name: 'a.csv', content, flags: 0x808 }]),
  ],
  ['a Zip64', (content) => zipFile([{ name: 'a.csv', content, zip64: true }])],
  ['a zip with a comment', (content) => zipFile([{ name: 'a.csv', content }], 'PK and more')],
  [
    'a zip with what file managers add',
    (content) =>
      zipFile([
        { name: 'Export/' },
        { name: '__MACOSX/Export/._a.csv', content: 'x' },
        { name: 'Export/.DS_Store', content: 'y' },
        { name: 'Export/a.csv', content },
        { name: '__MACOSX/Export/a.csv', content: 'z' },
      ]),
  ],
];

/** RFC 1952: flags 8 (name) and 16 (comment), each ended by a zero. */
function withGzipName(archive: Buffer, comment = 'by hand'): Buffer {
  const head = Buffer.from(archive.subarray(0, 10));
  head[3] = 8 | 16;
  return Buffer.concat([head, Buffer.from(`a.csv\0${comment}\0`), archive.subarray(10)]);
}

describe('a packed file', () => {
  const unit = fc.constantFrom(
    '1',
    '2',
    'x',
    ',',
    ',',
    '"',
    '\n',
    '\n',
    '\r\n',
    ' ',
    '\0',
    '\u00fc',
    '\u20ac',
    '\\',
  );
  const dirty = fc.tuple(
    fc.string({ unit, maxLength: 120 }),
    fc.constantFrom('id,name,born\n', 'id,name,born\n', 'id;name;born\r\n', 'name,born\n', ''),
    fc.constantFrom(
      (text: string) => Buffer.from(text),
      (text: string) => Buffer.from(`\ufeff${text}`),
      (text: string) => Buffer.from(text.replaceAll('\u20ac', '\x80'), 'latin1'),
      (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le'),
    ),
  );

  it.each(packings)('%s is read as the plain file is', async (_, pack) => {
    await fc.assert(
      fc.asyncProperty(dirty, async ([body, header, encode]) => {
        const content = encode(header + body);
        expect(await outcomeOf(pack(content))).toEqual(await outcomeOf(content));
      }),
      { numRuns: 25 },
    );
  });

  it('gzip in several members is read as the plain file is, wherever these are cut', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(dirty, sizes, async ([body, header, encode], members) => {
        const content = encode(header + body);
        expect(await outcomeOf(gzipMembers(content, members))).toEqual(await outcomeOf(content));
      }),
      { numRuns: 100 },
    );
  });

  it.each([
    ['UTF-8', (text: string) => Buffer.from(text)],
    ['UTF-16', (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['Windows-1252', (text: string) => Buffer.from(text.replaceAll('\u{1f600}', '\xfc'), 'latin1')],
  ])('of many chunks in %s is read as the plain file is', async (_, encode) => {
    const rows = Array.from({ length: 20_000 }, (__, i) =>
      i % 40 === 3 ? `x${i},a,` : `${i},"\u{1f600} ${i}\n",`,
    );
    const content = encode(`id,name,born\n${rows.join('\n')}`);
    const plain = await outcomeOf(content);
    expect(plain).toMatchObject({ account: { loaded: 19_500, rejected: 500 } });
    expect(await outcomeOf(gzipMembers(content, [1, 1, 100_000, 65_537]))).toEqual(plain);
    expect(await outcomeOf(gzipSync(content, { level: 9 }))).toEqual(plain);
    expect(await outcomeOf(zipFile([{ name: 'a.csv', content }]))).toEqual(plain);
    expect(await outcomeOf(zipFile([{ name: 'a.csv', content, method: 0 }]))).toEqual(plain);
  });

  it('is read as the plain file is when its first chunk has next to nothing of the text', async () => {
    const content = Buffer.from(`\ufeff${csv}`, 'utf16le');
    const archive = gzipSync(content, { level: 0 });
    const beforeText = withGzipName(archive, '').indexOf(content);
    for (let bytes = 0; bytes < 4; bytes += 1) {
      const comment = 'c'.repeat(131_072 - beforeText - bytes);
      expect(await outcomeOf(withGzipName(archive, comment))).toEqual(await outcomeOf(content));
    }
  });

  it.each(packings)('of nothing, as %s, is an empty file', async (_, pack) => {
    await expect(load(pack(Buffer.alloc(0)), people)).rejects.toMatchObject({ reason: 'empty_file' });
  });

  it('may be packed as small as it likes when it is short', async () => {
    const content = `id,name,born\n${'1,,\n'.repeat(100_000)}`;
    const { account } = await load(gzipSync(content), people);
    expect(account).toMatchObject({ loaded: 100_000 });
  });

  it('may have a name that would be dangerous as a path, since it is none', async () => {
    for (const name of ['../../etc/passwd.csv', '/root/a.csv', 'C:\\Users\\a.csv', '\0.csv']) {
      expect(await outcomeOf(zipFile([{ name, content: csv }]))).toEqual(await outcomeOf(csv));
    }
  });
});

describe('a damaged archive', () => {
  const plain = outcomeOf(csv);
  const half = csv.length >> 1;
  const members = [gzipSync(csv.slice(0, half)), gzipSync(csv.slice(half))];
  const archives = [
    ['gzip', Buffer.concat(members)],
    ['a deflated zip', zipFile([{ name: 'a.csv', content: csv }])],
    ['a stored zip', zipFile([{ name: 'a.csv', content: csv, method: 0 }])],
    ['a zip with its sums behind', zipFile([{ name: 'a.csv', content: csv, flags: 0x808 }])],
    ['a Zip64', zipFile([{ name: 'a.csv', content: csv, zip64: true }])],
    [
      'a zip of two files',
      zipFile([
        { name: 'a.csv', content: csv },
        { name: 'b.csv', content: csv },
      ]),
    ],
  ] as const;

  it.each(archives)('(%s) is refused wherever it is cut off', async (title, archive) => {
    for (let length = 0; length < archive.length; length += 1) {
      // What ends between two members is whole by itself.
      if (title === 'gzip' && length === members[0]!.length) continue;
      await expect(load(archive.subarray(0, length), people), `cut to ${length}`).rejects.toThrow(
        FileUnreadable,
      );
    }
  });

  it.each(archives)('(%s) is refused or read in full, whichever byte is another', async (_, archive) => {
    for (let at = 0; at < archive.length; at += 1) {
      const changed = Buffer.from(archive);
      changed[at] = changed[at]! ^ (at % 2 === 0 ? 0x01 : 0xff);
      const outcome = await outcomeOf(changed);
      if (!('reason' in (outcome as object))) expect(outcome, `byte ${at}`).toEqual(await plain);
    }
  });

  it.each([
    ['zeros', Buffer.alloc(512)],
    ['one zero', Buffer.alloc(1)],
    ['a zero, and another member', Buffer.concat([Buffer.alloc(1), gzipSync('9,lost,\n')])],
    ['text', Buffer.from('9,lost,\n')],
    ['the beginning of a header', Buffer.from([0x1f, 0x8b])],
    ['more of a header', Buffer.from([0x1f, 0x8b, 0x08, 0x00])],
    ['a header of something else', Buffer.from([0x1f, 0x8b, 0xff, 0xff])],
  ])('(gzip, with %s behind its end) is refused', async (_, behind) => {
    for (const content of [csv, csv.repeat(20_000)]) {
      const archive = Buffer.concat([gzipSync(content), behind]);
      await expect(load(archive, people)).rejects.toMatchObject({ reason: 'damaged_archive' });
    }
  });

  it('says what is wrong with it', async () => {
    const archive = gzipSync(csv);
    const badSum = Buffer.from(archive);
    badSum.writeUInt32LE(1, archive.length - 8);
    const sentences: [Buffer, string][] = [
      [archive.subarray(0, -1), 'it ends too early, as if it had been cut off'],
      [badSum, 'its content does not have the checksum that is noted in it'],
      [Buffer.concat([archive, Buffer.alloc(1)]), 'behind its end there is something else'],
      [Buffer.concat([archive, Buffer.from('more')]), 'behind its end there is something else'],
    ];
    for (const [content, what] of sentences) {
      await expect(load(content, people)).rejects.toThrow(
        `The gzip archive is damaged: ${what}. Upload it again.`,
      );
    }
  });

  it.each<[string, ZipEntry]>([
    ['another checksum', { name: 'a.csv', content: csv, claims: { crc32: 1 } }],
    ['another checksum, stored', { name: 'a.csv', content: csv, method: 0, claims: { crc32: 1 } }],
    ['fewer bytes', { name: 'a.csv', content: csv, claims: { bytes: 10 } }],
    ['more bytes', { name: 'a.csv', content: csv, claims: { bytes: 1_000 } }],
    ['fewer bytes, stored', { name: 'a.csv', content: csv, method: 0, claims: { bytes: 10 } }],
    [
      'more bytes than are possible',
      { name: 'a.csv', content: csv, zip64: true, claims: { bytes: 2 ** 62 } },
    ],
  ])('(a zip that claims %s) is refused', async (_, entry) => {
    await expect(load(zipFile([entry]), people)).rejects.toMatchObject({ reason: 'damaged_archive' });
  });

  it('(a zip whose directory points nowhere) is refused', async () => {
    const archive = zipFile([{ name: 'a.csv', content: csv, zip64: true }]);
    const locator = archive.indexOf('PK\x06\x07');
    const directory = archive.indexOf('PK\x01\x02');
    for (const at of [
      locator + 8,
      archive.indexOf('PK\x06\x06') + 48,
      directory + 46 + 'a.csv'.length + 20,
    ]) {
      for (const place of [0n, BigInt(archive.length), 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n]) {
        const changed = Buffer.from(archive);
        changed.writeBigUInt64LE(place, at);
        if (changed.equals(archive)) continue;
        const loading = load(changed, people);
        await expect(loading).rejects.toMatchObject({ reason: 'damaged_archive' });
        if (place > archive.length)
          await expect(loading).rejects.toThrow('its directory points behind its end');
      }
    }
  });

  it('(a zip of nothing, whose directory points nowhere) is refused', async () => {
    const archive = zipFile([]);
    archive.writeUInt32LE(0xffff_ffff, archive.length - 6);
    await expect(load(archive, people)).rejects.toThrow('its directory points behind its end');
  });

  it('(a zip that has more files than it says) is refused', async () => {
    const archive = zipFile([
      { name: 'a.csv', content: csv },
      { name: 'b.csv', content: csv },
    ]);
    archive.writeUInt16LE(1, archive.length - 22 + 8);
    archive.writeUInt16LE(1, archive.length - 22 + 10);
    await expect(load(archive, people)).rejects.toThrow(
      'its directory holds more than the 1 entries that it names',
    );
  });
});

describe('an archive that cannot be unpacked', () => {
  it.each<[string, readonly ZipEntry[], string]>([
    ['archive_entries', [], 'holds no file'],
    ['archive_entries', [{ name: 'a/' }, { name: 'a/.hidden' }, { name: '__MACOSX/a' }], 'holds no file'],
    [
      'archive_entries',
      [{ name: 'a.csv' }, { name: 'x/b.csv' }],
      'holds 2 files, and one CSV file was expected: "a.csv", "x/b.csv".',
    ],
    [
      'archive_entries',
      Array.from({ length: 7 }, (_, i) => ({ name: `${i}\0${'n'.repeat(200)}` })),
      `holds 7 files, and one CSV file was expected: "0\u2400${'n'.repeat(97)}\u2026", "1`,
    ],
    [
      'archive_entries',
      [{ name: 'a.csv', content: csv }, ...Array.from({ length: 100 }, (_, i) => ({ name: `.${i}` }))],
      'holds more than 100 entries, and one CSV file was expected: "a.csv".',
    ],
    [
      'unsupported_archive',
      [{ name: 'a.csv', content: csv, flags: 1 }],
      'The file "a.csv" in the zip archive is encrypted.',
    ],
    [
      'unsupported_archive',
      [{ name: 'a.csv', content: csv, flags: 0x41 }],
      'strong encryption is not supported',
    ],
    ['unsupported_archive', [{ name: 'a.csv', content: csv, method: 9 }], 'is packed by method 9, and only'],
    [
      'unsupported_archive',
      [{ name: 'a.csv', content: csv, method: 93 }],
      'is packed by method 93, and only',
    ],
  ])('is refused as %s', async (reason, entries, message) => {
    const loading = load(zipFile(entries), people);
    await expect(loading).rejects.toMatchObject({ reason });
    await expect(loading).rejects.toThrow(message);
  });
});

describe('reading an archive', () => {
  const rows = Array.from({ length: 200_000 }, (_, i) => `${i},row ${i},2000-01-02\n`).join('');
  const content = Buffer.from(`id,name,born\n${rows}`);

  it.each([
    ['gzip', gzipSync(content)],
    ['a zip', zipFile([{ name: 'a.csv', content }])],
    ['a stored zip', zipFile([{ name: 'a.csv', content, method: 0 }])],
  ])('ends when its rows are wanted no longer: %s', async (_, archive) => {
    const path = join(await temporaryFolder(), 'file.csv');
    await writeFile(path, archive);
    for (const stop of ['break', 'abort'] as const) {
      const controller = new AbortController();
      const reading = readFile(path, people, { fileId: 1, signal: controller.signal });
      const read = async () => {
        for await (const chunk of reading.chunks) {
          expect(chunk.length).toBeGreaterThan(0);
          if (stop === 'break') return;
          controller.abort(new Error('enough'));
        }
      };
      if (stop === 'break') await read();
      else await expect(read()).rejects.toThrow('enough');
    }
  });

  it.each([
    ['gzip', gzipSync(content)],
    ['a zip', zipFile([{ name: 'a.csv', content }])],
  ])('tells its progress in packed bytes: %s', async (_, archive) => {
    const path = join(await temporaryFolder(), 'file.csv');
    await writeFile(path, archive);
    const progress: ReadProgress[] = [];
    const reading = readFile(path, people, { fileId: 1, onProgress: (done) => progress.push(done) });
    for await (const chunk of reading.chunks) expect(chunk.length).toBeGreaterThan(0);
    expect(new Set(progress.map(({ of }) => of))).toEqual(new Set([archive.length]));
    for (const step of ['checking', 'loading']) {
      const done = progress.filter((each) => each.step === step).map((each) => each.done);
      expect(done.length).toBeGreaterThan(5);
      expect(done).toEqual(done.toSorted((a, b) => a - b));
      expect(archive.length - done.at(-1)!).toBeLessThan(200);
    }
  });
});

describe('an archive that is made to do harm', () => {
  const zeros = Buffer.alloc(17_000_000, '0');

  it.each([
    ['gzip', gzipSync(zeros)],
    [
      'gzip in members',
      Buffer.concat(Array.from({ length: 17 }, () => gzipSync(zeros.subarray(0, 1_000_000)))),
    ],
    ['zip', zipFile([{ name: 'a.csv', content: zeros }])],
    ['zip that claims to be small', zipFile([{ name: 'a.csv', content: zeros, claims: { bytes: 10 } }])],
  ])('(%s) is refused while it is unpacked', async (_, archive) => {
    const loading = load(archive, people);
    await expect(loading).rejects.toMatchObject({ reason: 'archive_too_large' });
    await expect(loading).rejects.toThrow(
      /^More than 16,777,216 bytes come out of the \d+,\d+ of the \w+ archive/,
    );
  });

  it('may grow by its size, and never beyond 20 GB', () => {
    expect(unpackedLimit(1)).toBe(16_777_216);
    expect(unpackedLimit(1_000_000)).toBe(200_000_000);
    expect(unpackedLimit(1_000_000_000)).toBe(20_000_000_000);
  });
});

describe('an archive of something else than CSV', () => {
  const tar = Buffer.alloc(1024);
  tar.write('a.csv');
  tar.write('ustar\x0000', 257, 'latin1');
  const gnuTar = Buffer.from(tar);
  gnuTar.write('ustar  \0', 257, 'latin1');

  const workbook = () => writeXlsx({ sheets: [{ name: 'Sheet', rows: [['id', 'name']] }] });
  const files = (...names: string[]) => zipFile(names.map((name) => ({ name, content: 'x'.repeat(50) })));
  const xlsx = 'an Excel workbook (XLSX)';
  const docx = 'a Word document (DOCX)';
  const ods = 'an OpenDocument file (ODS or the like)';

  it.each<[string, string, () => Uint8Array | Promise<Uint8Array>]>([
    ['a workbook', xlsx, workbook],
    [
      'a workbook of an odd writer',
      xlsx,
      () => files('docProps/app.xml', 'xl/worksheets/sheet1.xml', 'xl/workbook.xml'),
    ],
    ['a workbook that was cut off', xlsx, async () => (await workbook()).subarray(0, -10)],
    [
      'a workbook of many sheets',
      xlsx,
      () => files(...Array.from({ length: 200 }, (_, i) => `xl/worksheets/sheet${i}.xml`)),
    ],
    ['a Word document', docx, () => files('[Content_Types].xml', '_rels/.rels', 'word/document.xml')],
    [
      'a presentation',
      'a PowerPoint presentation (PPTX)',
      () => files('[Content_Types].xml', 'ppt/presentation.xml'),
    ],
    ['an OpenDocument spreadsheet', ods, () => files('content.xml', 'mimetype', 'META-INF/manifest.xml')],
    ['a tar archive', 'a tar archive', () => tar],
    ['a tar archive of GNU', 'a tar archive', () => gnuTar],
  ])('is refused by name: %s', async (_, format, content) => {
    await expect(load(await content(), people)).rejects.toMatchObject({
      reason: 'not_csv',
      message: `The file is ${format}, whatever its name says. Export it as CSV and upload that.`,
    });
  });

  it.each<[string, string, () => Uint8Array | Promise<Uint8Array>]>([
    ['a workbook', xlsx, workbook],
    [
      'an OpenDocument spreadsheet',
      ods,
      () =>
        zipFile([{ name: 'mimetype', content: 'application/vnd.oasis.opendocument.spreadsheet', method: 0 }]),
    ],
    ['a tar archive', 'a tar archive', () => tar],
    ['gzip', 'a gzip archive', () => gzipSync(csv)],
    ['a zip', 'a zip archive', () => zipFile([{ name: 'a.csv', content: csv }])],
    ['an HTML page', 'an HTML page', () => Buffer.from('<html><body>Sign in')],
  ])('is refused by the name of what is in it: %s', async (_, format, inner) => {
    const content = await inner();
    for (const [archive, bytes] of [
      ['gzip', gzipSync(content)],
      ['zip', zipFile([{ name: 'a.csv', content }])],
    ] as const) {
      await expect(load(bytes, people)).rejects.toMatchObject({
        reason: 'not_csv',
        message: `What is in the ${archive} archive is ${format}. Upload one CSV file, packed once or not at all.`,
      });
    }
  });
});
