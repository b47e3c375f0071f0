import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { takenBy } from '../../src/domain/file-pattern.ts';
import { checkFile } from '../../src/ingest/check-file.ts';
import { loadSettings } from '../../src/settings/load-settings.ts';
import { folderWith, loadToml } from '../settings/settings-folder.ts';
import { datasets } from './datasets-command.ts';

/** What the command prints of a file of this name and content. */
async function inferred(name: string, content: string): Promise<string> {
  const { stdout, message } = await datasets(folderWith({ [name]: content }), 'infer', name);
  expect(message).toBe('');
  return stdout;
}

/** The definition alone. */
async function definition(name: string, content: string): Promise<string> {
  const toml = await inferred(name, content);
  return toml.replace(/^#.*\n/gm, '');
}

/** The type of one column, as TOML has it, by its values. */
async function typeOf(values: readonly string[], header = 'v'): Promise<string> {
  const rows = values.map((value, index) => `${index},"${value.replaceAll('"', '""')}"\n`);
  const toml = await inferred('f.csv', `row,${header}\n${rows.join('')}`);
  return (
    /^v = (?:"(.*)"|\{ type = (.*) \})$/m
      .exec(toml)
      ?.slice(1)
      .join('')
      .replace(/"|, required = true/g, '') ?? toml
  );
}

test('a definition says what was guessed from how many rows, and can be pasted', async () => {
  const rows = Array.from({ length: 48 }, (_, i) => {
    const day = String((i % 12) + 1).padStart(2, '0');
    return `${1000 + i};${day}.${day}.2026 09:${String(i).padStart(2, '0')};${i}.50;00${i % 10};${i % 2 ? 'open' : 'closed'};${i % 3 ? i : ''}`;
  });
  const csv = `Order No;Bestellt am;Betrag;PLZ;status;qty\n${rows.join('\n')}\n`;
  expect(await inferred('Orders 2026-11-22.csv', csv)).toBe(
    `# Guessed from 48 rows of "Orders 2026-11-22.csv". Look at each line, then: charlie datasets check FILE
[datasets.orders]
patterns = ["Orders *.csv"]
# It is unique in the 48 rows.
key = ["order_no"]
# The hour that a row counts in.
event_time = "bestellt_am"
# timezone = "Europe/Berlin"  of times without an offset; not set: that of [scheduler]

[datasets.orders.columns]
order_no = { type = "integer", required = true, headers = ["Order No"] }
# Day or month first? "D.M.YYYY H:mm" fits all values, and so does "M.D.YYYY H:mm".
bestellt_am = { type = "timestamp", required = true, format = "D.M.YYYY H:mm", headers = ["Bestellt am"] }
betrag = { type = "numeric(12,2)", required = true }
# "PLZ" is text: it has leading zeros, which a number would lose.
plz = { type = "text", required = true }
# status could be { type = "enum", values = ["closed", "open"] }
status = { type = "text", required = true }
qty = "integer"
`,
  );
});

describe('the type of a column', () => {
  test.each<[string, readonly string[]]>([
    ['integer', ['1', '-20', ' 3 ', '']],
    ['bigint', ['1', '3000000000']],
    ['numeric(12,2)', ['1.50', '22.75']],
    ['numeric', ['1.5', '22.75']],
    ['text', ['007', '008']],
    ['text', ['1234567890123456789']],
    ['text', ['0.1234567890123456789']],
    ['text', ['+4930123', '+4930124']],
    ['text', ['1,5', '2,75']],
    ['text', ['1', '2', 'three']],
    ['text', ['', '']],
    ['boolean', ['yes', 'No', 'y']],
    ['boolean', ['true', 'TRUE']],
    ['text', ['y', 'y']],
    ['integer', ['0', '1']],
    ['date', ['2026-11-22', '2024-02-29']],
    ['text', ['2026-11-22', '2026-02-29']],
    ['timestamp', ['2026-11-22T10:00:00Z', '2026-11-22 10:00:00+01:00']],
    ['timestamp', ['2026-11-22 10:00', '']],
    ['date, format = M/D/YYYY', ['1/2/2026', '12/31/2026']],
    ['date, format = D/M/YYYY', ['1/2/2026', '31/12/2026']],
    ['date, format = D.M.YY', ['1.2.26', '31.12.26']],
    ['timestamp, format = M/D/YY h:mm A', ['1/2/26 1:05 PM', '12/31/26 11:59 AM']],
    ['integer', ['20261122', '20261123']],
  ])('is %s for %j', async (type, values) => {
    expect(await typeOf(values)).toBe(type);
  });

  test('is a date for digits alone where the header says so', async () => {
    const toml = await definition('f.csv', 'work_date\n20261122\n20261123\n');
    expect(toml).toContain('work_date = { type = "date", required = true, format = "YYYYMMDD" }');
  });

  test('does not hang on one slip in a hundred, which is named', async () => {
    const values = Array.from({ length: 200 }, (_, i) => (i === 77 ? 'n/a' : String(i)));
    const toml = await inferred('f.csv', `v\n${values.join('\n')}\n`);
    expect(toml).toContain(
      '# Rejects 1 row, whose value is no integer: "n/a"\nv = { type = "integer", required',
    );
  });
});

describe('names', () => {
  test.each([
    ['calls_20261122_1300.csv', 'calls', 'calls_*.csv'],
    ['Größen 22.11.2026.CSV.gz', 'grossen', 'Größen *.CSV'],
    ['2026-11-22.csv', 'data', '*.csv'],
    ['export', 'export', 'export'],
  ])('of a dataset and its pattern are taken from a file called %j', async (file, name, pattern) => {
    const toml = await inferred(file, 'a,b\n1,x\n');
    const { settings } = loadToml(toml);
    expect(settings.datasets).toMatchObject([{ name, patterns: [pattern] }]);
    expect(takenBy(file, settings.datasets)).not.toBeNull();
  });

  test('of columns are made valid and different, and what cannot be a column is named', async () => {
    const csv = 'Größe (m²),größe m 2,2nd,xmin,日本,,a,A,id\n1,2,3,4,5,6,7,8,9\n';
    const toml = await inferred('f.csv', csv);
    const [found] = loadToml(toml).settings.datasets;
    expect(found!.columns.map(({ name, headers }) => [name, headers[0]])).toEqual([
      ['grosse_m2', 'Größe (m²)'],
      ['grosse_m_2', 'größe m 2'],
      ['column_2nd', '2nd'],
      ['xmin_column', 'xmin'],
      ['column_5', '日本'],
      ['id', 'id'],
    ]);
    expect(toml).toContain(
      '# Left out, since their headers are empty or stand there more than once: "column 6", "a", "A"',
    );
  });
});

describe('a key', () => {
  const pairs = Array.from({ length: 40 }, (_, i) => `a${i % 8},b${Math.floor(i / 8)}`);

  test('is set where a column is unique and its name says so, and else suggested', async () => {
    expect(await inferred('f.csv', 'n,ticket_id\n1,7\n1,8\n')).toContain('\nkey = ["ticket_id"]\n');
    expect(await inferred('f.csv', 'n,name\n1,x\n1,y\n')).toContain(
      '\n# key = ["name"]  is unique in the 2 rows',
    );
    expect(await inferred('f.csv', 'n,ticket_id\n1,7\n1,7\n')).not.toContain('key =');
    expect(await inferred('f.csv', 'n,ticket_id\n1,7\n1,\n')).not.toContain('key =');
  });

  test('of two columns is suggested', async () => {
    expect(await inferred('f.csv', `x,y\n${pairs.join('\n')}\n`)).toContain(
      '\n# key = ["x", "y"]  is unique',
    );
  });

  test('is compared as the loader compares it', async () => {
    expect(await inferred('f.csv', 'ticket_id,n\n1.0,1\n1.00,2\n')).not.toContain('["ticket_id"]');
    expect(await inferred('f.csv', 'ticket_id,n\n7 ,1\n7,2\n')).not.toContain('["ticket_id"]');
  });
});

test('a packed file is read as what is in it, and damaged rows are counted', async () => {
  const cwd = folderWith({});
  writeFileSync(join(cwd, 'f.csv.gz'), gzipSync('sep=|\nid|v\n1|2\n3\n4|"x\n'));
  const { stdout } = await datasets(cwd, 'infer', 'f.csv.gz');
  expect(stdout).toContain('# Guessed from 1 row of "f.csv.gz".');
  expect(stdout).toContain('# Rows that are damaged, or have not as many fields as the header: 2.\n');
  expect(stdout).toContain('v = { type = "integer", required = true }');
});

test.each([
  ['', 'empty_file'],
  ['%PDF-1.7\n', 'not_csv'],
  ['a,A\n1,2\n', 'No header of'],
])('there is no definition of %j', async (content, message) => {
  const result = await datasets(folderWith({ 'f.csv': content }), 'infer', 'f.csv');
  expect(result).toMatchObject({ exitCode: 1, stdout: '' });
  expect(result.message).toContain(message);
});

const two = (value: number): string => String(value).padStart(2, '0');
const day = fc.record({
  y: fc.integer({ min: 1970, max: 2068 }),
  m: fc.integer({ min: 1, max: 12 }),
  d: fc.integer({ min: 1, max: 28 }),
});
const clock = fc.record({ h: fc.nat(23), min: fc.nat(59), s: fc.nat(59) });

/** Values of one kind each, as people's programs write them. */
const kinds: readonly fc.Arbitrary<string>[] = [
  fc.maxSafeInteger().map(String),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n }).map(String),
  fc.integer({ min: -50, max: 50 }).map(String),
  fc.tuple(fc.integer(), fc.nat(99)).map(([whole, part]) => `${whole}.${two(part)}`),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.nat(99_999).map((code) => String(code).padStart(5, '0')),
  fc.constantFrom('true', 'false'),
  fc.constantFrom('Y', 'N', 'yes', 'no'),
  day.map(({ y, m, d }) => `${y}-${two(m)}-${two(d)}`),
  day.map(({ y, m, d }) => `${d}.${m}.${y}`),
  day.map(({ y, m, d }) => `${m}/${d}/${two(y % 100)}`),
  fc
    .tuple(day, clock)
    .map(([{ y, m, d }, { h, min, s }]) => `${y}-${two(m)}-${two(d)}T${two(h)}:${two(min)}:${two(s)}Z`),
  fc.tuple(day, clock).map(([{ y, m, d }, { h, min }]) => `${two(d)}/${two(m)}/${y} ${two(h)}:${two(min)}`),
  fc
    .tuple(day, clock)
    .map(
      ([{ y, m, d }, { h, min }]) =>
        `${m}/${d}/${y} ${h % 12 === 0 ? 12 : h % 12}:${two(min)} ${h < 12 ? 'AM' : 'PM'}`,
    ),
  fc.constantFrom('open', 'closed', ' In Arbeit '),
  fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => text.replaceAll('\0', '')),
];

const header = fc.oneof(
  fc.constantFrom(
    'id',
    'ID ',
    'Order No',
    'order_no',
    'order-no',
    'Größe',
    'date',
    'xmin',
    '2nd',
    '_file_id',
    '_line',
    '_extra',
  ),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 80 }).map((text) => text.replaceAll('\0', '')),
);

interface Table {
  readonly name: string;
  readonly delimiter: string;
  readonly lineBreak: string;
  readonly mark: string;
  readonly headers: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const tables: fc.Arbitrary<Table> = fc
  .array(fc.tuple(header, fc.constantFrom(...kinds), fc.boolean()), { minLength: 2, maxLength: 7 })
  .chain((columns) => {
    const cells = columns.map(([, kind, isSparse]) =>
      isSparse ? fc.oneof({ weight: 3, arbitrary: kind }, fc.constant('')) : kind,
    );
    return fc.record({
      name: fc.constantFrom('calls_2026-11-22.csv', 'Größe (1).txt', 'x', '[a]+{b}$.csv', '12.csv'),
      delimiter: fc.constantFrom(',', ';', '\t', '|'),
      lineBreak: fc.constantFrom('\n', '\r\n'),
      mark: fc.constantFrom('', '\uFEFF'),
      headers: fc.constant(columns.map(([text]) => text)),
      rows: fc.array(fc.tuple(...cells), { maxLength: 60 }),
    });
  });

function csvOf({ delimiter, lineBreak, mark, headers, rows }: Table): string {
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  return mark + [headers, ...rows].map((row) => `${row.map(quoted).join(delimiter)}${lineBreak}`).join('');
}

test('of a file without a fault, every row is loaded under the definition that is inferred from it', async () => {
  const cwd = folderWith({});
  const config = join(cwd, 'settings.toml');
  const keys = { set: 0 };
  await fc.assert(
    fc.asyncProperty(tables, async (table) => {
      const path = join(cwd, table.name);
      writeFileSync(path, csvOf(table));
      const { stdout, message } = await datasets(cwd, 'infer', path);
      if (message !== '') {
        expect(message).toContain('No header of');
        return;
      }
      writeFileSync(config, stdout);
      const found = loadSettings({ cwd, env: {} }).settings.datasets;
      const taken = takenBy(table.name, found)!.dataset;
      keys.set += taken.key.length;
      const { account, rejects, refusal } = await checkFile(path, taken, 5);
      rmSync(path);
      expect({ refusal, rejects }).toEqual({ refusal: null, rejects: [] });
      expect(account).toEqual({
        read: table.rows.length,
        loaded: table.rows.length,
        rejected: 0,
        duplicate: 0,
        blank: 0,
      });
    }),
    {
      numRuns: 200,
      // Of what stands in quotes no delimiter is taken.
      examples: [
        [{ name: 'x', delimiter: ';', lineBreak: '\n', mark: '', headers: ['a, b', 'c'], rows: [] }],
        [{ name: 'x', delimiter: ';', lineBreak: '\n', mark: '', headers: [' ', ', '], rows: [['0', '0']] }],
      ],
    },
  );
  expect(keys.set).toBeGreaterThan(0);
});
