import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { expect, test } from 'vitest';

import type { FileVerdict } from '../../src/commands/file-verdict.ts';
import { folderWith } from '../settings/settings-folder.ts';
import { salesCsv, salesToml } from '../support/sales.ts';
import { datasets } from './datasets-command.ts';
import { Shell } from './shell.ts';

const dirtyCsv = [
  'ID;Sold_at;branch;amount',
  '1;2026-11-20T10:15:00Z;north;1',
  '2;yesterday;north;1',
  '1;2026-11-20T10:20:00Z;south;2',
  '',
  '4;2026-11-20T10:15:00Z',
  'x;2026-11-20T10:15:00Z;north;1',
  '6;2026-11-20T10:15:00Z;north;1',
  '',
].join('\n');

const dirty = { read: 7, loaded: 2, rejected: 3, duplicate: 1, blank: 1 };

async function verdictsOf(cwd: string, ...args: readonly string[]): Promise<FileVerdict[]> {
  const { stdout } = await datasets(cwd, 'check', '--output', 'json', ...args);
  return JSON.parse(stdout) as FileVerdict[];
}

test('a file that would be loaded in part is shown as found, row by row, with an account and a verdict', async () => {
  const cwd = folderWith({ 'settings.toml': salesToml, 'sales_1.csv': dirtyCsv });
  expect(await datasets(cwd, 'check', 'sales_1.csv')).toEqual({
    exitCode: 1,
    message: 'The file would not be loaded whole.',
    stdout: `
  sales_1.csv

  dataset    sales, by the pattern sales*.csv
  read as    UTF-8, semicolon between fields
  header     line 1, 3 of 4 columns
  found      id = "ID", sold_at = "Sold_at", amount
  missing    shop
  ignored    "branch"

  line   column    reason            value       row
  ─────────────────────────────────────────────────────────────────────────────
     3   sold_at   not_a_timestamp   yesterday   2;yesterday;north;1
     6   -         too_few_fields    -           4;2026-11-20T10:15:00Z
     7   id        not_an_integer    x           x;2026-11-20T10:15:00Z;north;1

  rejected   1 × sold_at not_a_timestamp, 1 × too_few_fields, 1 × id not_an_integer
  duplicate  line 4 (as line 2)
  blank      line 5

  read   = loaded   + rejected   + duplicate   + blank
  ────────────────────────────────────────────────────
     7          2            3             1         1

  ! It would be loaded without its rejected rows: 2 rows loaded, 3 kept as rejects.

`,
  });
});

test('JSON holds the same, packed or not, and with as many rejected rows as --limit says', async () => {
  const cwd = folderWith({ 'settings.toml': salesToml, 'sales_1.csv': dirtyCsv });
  await writeFile(join(cwd, 'sales_2.csv.gz'), gzipSync(dirtyCsv));
  const [plain, packed] = await verdictsOf(cwd, 'sales_1.csv', 'sales_2.csv.gz', '--limit', '1');
  expect(plain).toMatchObject({
    file: join(cwd, 'sales_1.csv'),
    verdict: 'rows_rejected',
    dataset: 'sales',
    pattern: 'sales*.csv',
    form: { archive: null, encoding: 'utf-8', delimiter: ';', hasSeparatorLine: false },
    header: {
      line: 1,
      columns: [
        { name: 'id', headers: ['ID'], needed: true },
        { name: 'sold_at', headers: ['Sold_at'], needed: true },
        { name: 'shop', headers: [], needed: false },
        { name: 'amount', headers: ['amount'], needed: false },
      ],
      unknown: ['branch'],
    },
    account: dirty,
    rejects: [{ line: 3, column: 'sold_at', reason: 'not_a_timestamp', value: 'yesterday' }],
    rejectCounts: [{ rows: 1 }, { rows: 1 }, { rows: 1 }],
    skipped: [{ line: 4, cause: 'duplicate', keptLine: 2 }],
    reason: null,
  });
  const { rejects } = packed!;
  expect(packed).toEqual({ ...plain, file: join(cwd, 'sales_2.csv.gz'), form: packed!.form });
  expect(packed!.form).toEqual({ ...plain!.form, archive: 'gzip' });
  expect(rejects).toHaveLength(1);
});

test('a file that would be quarantined is told why, with what was found and what to do', async () => {
  const cwd = folderWith({
    'settings.toml': salesToml,
    'sales_1.csv': 'id,shop\n1,north\n',
    'sales_2.csv': '',
    'sales_3.csv': salesCsv(Array.from({ length: 40 }, (_, id) => ({ id: id < 25 ? 'x' : id }))),
  });
  const { stdout, exitCode, message } = await datasets(cwd, 'check', 'sales_1.csv', 'sales_2.csv');
  expect({ exitCode, message }).toEqual({
    exitCode: 1,
    message: '2 of 2 files would not be loaded whole.',
  });
  expect(stdout).toContain('missing    sold_at (needed), amount\n');
  expect(stdout).toContain(`  ✘ It would be quarantined whole, and no row loaded.

    reason      missing_columns
    detail      Line 1: Missing columns: sold_at. The header reads: id, shop.
    what to do  Add the header, or its texts to \`headers\` of the column.
`);
  expect(await verdictsOf(cwd, 'sales_2.csv', 'sales_3.csv')).toMatchObject([
    { verdict: 'quarantined', reason: 'empty_file', header: null },
    { verdict: 'quarantined', reason: 'too_many_rejects', account: { read: 40, rejected: 25 } },
  ]);
});

test('the first enabled dataset with a matching pattern takes a file, or the one that is named', async () => {
  const toml = `${salesToml}
[datasets.off]
patterns = ["off*"]
enabled = false
columns = { id = "text" }
[datasets.rest]
patterns = ["sales*", "*.txt"]
columns = { id = "text" }
`;
  const csv = salesCsv([{ id: 1 }]);
  const cwd = folderWith({ 'settings.toml': toml, 'sales_1.csv': csv, 'OFF.csv': csv, 'a.TXT': csv });
  expect(await verdictsOf(cwd, 'sales_1.csv', 'OFF.csv', 'a.TXT')).toMatchObject([
    { dataset: 'sales', pattern: 'sales*.csv', verdict: 'clean' },
    { dataset: null, pattern: null, verdict: 'not_taken' },
    { dataset: 'rest', pattern: '*.txt', verdict: 'clean' },
  ]);
  expect(await verdictsOf(cwd, 'OFF.csv', '--dataset', 'off')).toMatchObject([
    { dataset: 'off', pattern: null, verdict: 'clean' },
  ]);
  const untaken = await datasets(cwd, 'check', 'OFF.csv');
  expect(untaken).toMatchObject({ exitCode: 1 });
  expect(untaken.stdout).toContain('No enabled dataset takes a file of this name');
});

test('a clean file ends with 0; what is no file, or no dataset, has a code of its own', async () => {
  const cwd = folderWith({ 'settings.toml': salesToml, 'sales.csv': salesCsv([{ id: 1 }]) });
  const clean = await datasets(cwd, 'check', 'sales.csv');
  expect(clean).toMatchObject({ exitCode: 0 });
  expect(clean.stdout).toContain('✔ It would be loaded: 1 row.\n');
  expect(await datasets(cwd, 'check', 'gone.csv')).toMatchObject({ exitCode: 5 });
  expect(await datasets(cwd, 'check', '.')).toMatchObject({ exitCode: 2 });
  expect(await datasets(cwd, 'check', 'sales.csv', '--dataset', 'sale')).toMatchObject({
    exitCode: 2,
    message: 'The settings have no dataset "sale". They have: sales.',
  });
});

test('nothing in a file moves the cursor of the terminal', async () => {
  const csv = 'id,sold_at,\u001b[2Jshop\n1,\u001b]0;x\u0007\u202E,north\n';
  const cwd = folderWith({ 'settings.toml': salesToml, 'sales.csv': csv });
  const { stdout } = await datasets(cwd, 'check', 'sales.csv');
  expect(stdout).toContain('not_a_timestamp');
  expect(stdout).not.toMatch(/[^\P{Cc}\n]|\p{Bidi_Control}/u);
});

test('what is said of a file is what becomes of it', async () => {
  await using shell = await Shell.start(salesToml);
  const path = join(shell.pipeline.dir, 'sales dirty.csv');
  await writeFile(path, dirtyCsv);
  const checked = await shell.run('datasets', 'check', path, '--output', 'json');
  expect(checked.exitCode).toBe(1);
  const [verdict] = JSON.parse(checked.stdout) as [FileVerdict];

  await shell.ingest(path);

  const { sql } = shell.pipeline;
  const counts = await sql`
    select rows_read as read, rows_loaded as loaded, rows_rejected as rejected, rows_duplicate as duplicate, rows_blank as blank
    from charlie.ingestion_log`;
  expect(
    counts.map((row) => Object.fromEntries(Object.entries(row).map(([k, v]) => [k, Number(v)]))),
  ).toEqual([verdict.account]);
  const rejects = await sql`
    select line, byte_offset as "byteOffset", column_name as "column", reason, detail, raw from charlie.rejects order by line`;
  expect(rejects).toHaveLength(verdict.account.rejected);
  expect(verdict.rejects).toMatchObject(
    rejects.map((row) => ({ ...row, line: Number(row['line']), byteOffset: Number(row['byteOffset']) })),
  );
});
