import { gzipSync } from 'node:zlib';

import { expect, test } from 'vitest';

import { zipFile } from '../ingest/zip-file.ts';
import { Pipeline } from '../support/pipeline.ts';
import { manySales, salesCsv, salesToml } from '../support/sales.ts';

test('packed files become rows, with lines and offsets of what is in them, and keep their place as files', async () => {
  await using pipeline = await Pipeline.start({ toml: salesToml });
  const { sql, simulator } = pipeline;
  const plain = salesCsv([{ id: 1 }, { id: 'x' }, { id: 2 }]);
  const gzipped = salesCsv([{ id: 3 }, { id: 'y' }, { id: 4 }]);
  const zipped = salesCsv([{ id: 5 }, { id: 'z' }, { id: 6 }]);
  simulator.library.put('sales 1.csv', plain);
  simulator.library.put('sales 2.csv.gz', gzipSync(gzipped));
  simulator.library.put('Sales 3.CSV.ZIP', zipFile([{ name: 'export/any name.csv', content: zipped }]));

  const first = await pipeline.sync();
  const second = await pipeline.sync();

  expect(first).toMatchObject({ status: 'succeeded', ingested: 3, rowsLoaded: 6, rowsRejected: 3 });
  expect(second).toMatchObject({ status: 'succeeded', downloaded: 0, ingested: 0 });
  const rows = await sql`
    select log.name, id, _line from datasets.sales join charlie.ingestion_log log on file_id = _file_id order by id`;
  expect(rows).toEqual([
    { name: 'sales 1.csv', id: 1, _line: 2 },
    { name: 'sales 1.csv', id: 2, _line: 4 },
    { name: 'sales 2.csv.gz', id: 3, _line: 2 },
    { name: 'sales 2.csv.gz', id: 4, _line: 4 },
    { name: 'Sales 3.CSV.ZIP', id: 5, _line: 2 },
    { name: 'Sales 3.CSV.ZIP', id: 6, _line: 4 },
  ]);
  const byteOffset = plain.indexOf('x,2026');
  const rejects =
    await sql`select line, byte_offset, left(raw, 6) as raw from charlie.rejects order by file_id`;
  expect(rejects.map(({ raw }) => raw as string).sort()).toEqual(['x,2026', 'y,2026', 'z,2026']);
  for (const reject of rejects) expect(reject).toMatchObject({ line: 3, byte_offset: byteOffset });
});

test('archives that cannot be read go to quarantine with their reason, and the others are loaded', async () => {
  await using pipeline = await Pipeline.start({ toml: salesToml });
  const { sql, simulator } = pipeline;
  const content = salesCsv(manySales(3));
  const bomb = gzipSync(Buffer.alloc(17_000_000, '0'));
  simulator.library.put('sales good.csv.gz', gzipSync(content));
  simulator.library.put('sales cut off.csv.gz', gzipSync(content).subarray(0, -4));
  simulator.library.put('sales bomb.csv.gz', bomb);
  simulator.library.put('sales twice.csv.gz', gzipSync(gzipSync(content)));
  simulator.library.put('sales secret.csv.zip', zipFile([{ name: 'a.csv', content, flags: 1 }]));
  simulator.library.put(
    'sales two.csv.zip',
    zipFile([
      { name: 'a.csv', content },
      { name: 'b.csv', content },
    ]),
  );

  const result = await pipeline.sync();

  expect(result).toMatchObject({
    status: 'succeeded',
    ingested: 1,
    quarantined: 5,
    failed: 0,
    rowsLoaded: 3,
  });
  expect(
    await sql`select name, reason, detail from charlie.ingestion_log where state = 'quarantined' order by name`,
  ).toEqual([
    {
      name: 'sales bomb.csv.gz',
      reason: 'archive_too_large',
      detail: expect.stringContaining(
        `come out of the ${bomb.length.toLocaleString('en-US')} of the gzip archive`,
      ) as string,
    },
    {
      name: 'sales cut off.csv.gz',
      reason: 'damaged_archive',
      detail: 'The gzip archive is damaged: it ends too early, as if it had been cut off. Upload it again.',
    },
    {
      name: 'sales secret.csv.zip',
      reason: 'unsupported_archive',
      detail: 'The file "a.csv" in the zip archive is encrypted. Upload it without a password.',
    },
    {
      name: 'sales twice.csv.gz',
      reason: 'not_csv',
      detail:
        'What is in the gzip archive is a gzip archive. Upload one CSV file, packed once or not at all.',
    },
    {
      name: 'sales two.csv.zip',
      reason: 'archive_entries',
      detail:
        'The zip archive holds 2 files, and one CSV file was expected: "a.csv", "b.csv". Upload each by itself.',
    },
  ]);
});
