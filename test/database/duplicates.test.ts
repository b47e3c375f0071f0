import { expect, test } from 'vitest';

import { salesToml } from '../support/sales.ts';
import { Ledger } from './ledger.ts';

const csv = `id,sold_at,shop,amount
1,2026-11-20T10:00:00Z,first,1
2,2026-11-20T10:30:00Z,other,2
1,2026-11-20T11:00:00Z,second,3
1,2026-11-20T12:00:00Z,third,4
`;

async function ledgerWith(onDuplicate: 'first' | 'last' | 'reject'): Promise<Ledger> {
  const ledger = await Ledger.create(salesToml.replace('key = ', `on_duplicate = "${onDuplicate}"\nkey = `));
  await ledger.list({ id: 'a', path: 'sales.csv', hash: 'v1' });
  await ledger.manifest('run');
  return ledger;
}

async function shops({ sql }: Ledger): Promise<string[]> {
  const rows = await sql<{ shop: string }[]>`select shop from datasets.sales order by _line`;
  return rows.map(({ shop }) => shop);
}

async function hours({ sql }: Ledger): Promise<unknown[]> {
  return [
    ...(await sql`select to_char(hour at time zone 'UTC', 'HH24:MI') as hour, rows from charlie.file_hours order by hour`),
  ];
}

test.each([
  ['first', false],
  ['first', true],
] as const)(
  'of rows with one key the first counts (%s; too many keys for memory: %s)',
  async (mode, keysUnchecked) => {
    await using ledger = await ledgerWith(mode);

    const { account } = (await ledger.ingestCsv('run', csv, { keysUnchecked })) as { account: unknown };

    expect(account).toMatchObject({ read: 4, loaded: 2, duplicate: 2, rejected: 0 });
    expect(await shops(ledger)).toEqual(['first', 'other']);
    expect(await hours(ledger)).toEqual([{ hour: '10:00', rows: 2 }]);
  },
);

test.each([false, true])(
  'of rows with one key the last counts (too many keys for memory: %s)',
  async (keysUnchecked) => {
    await using ledger = await ledgerWith('last');

    const { account } = (await ledger.ingestCsv('run', csv, { keysUnchecked })) as { account: unknown };

    expect(account).toMatchObject({ read: 4, loaded: 2, duplicate: 2, rejected: 0 });
    expect(await shops(ledger)).toEqual(['other', 'third']);
    expect(await hours(ledger)).toEqual([
      { hour: '10:00', rows: 1 },
      { hour: '12:00', rows: 1 },
    ]);
  },
);

test.each([false, true])(
  'rows with the key of another are rejected (too many keys for memory: %s)',
  async (keysUnchecked) => {
    await using ledger = await ledgerWith('reject');

    const { account } = (await ledger.ingestCsv('run', csv, { keysUnchecked })) as { account: unknown };

    expect(account).toMatchObject({ read: 4, loaded: 2, duplicate: 0, rejected: 2 });
    expect(await shops(ledger)).toEqual(['first', 'other']);
    const rejects =
      await ledger.sql`select line, byte_offset, reason, raw from charlie.rejects order by line`;
    expect([...rejects]).toEqual([
      {
        line: 4,
        byte_offset: csv.indexOf('1,2026-11-20T11'),
        reason: 'duplicate_key',
        raw: '1,2026-11-20T11:00:00Z,second,3',
      },
      {
        line: 5,
        byte_offset: csv.indexOf('1,2026-11-20T12'),
        reason: 'duplicate_key',
        raw: '1,2026-11-20T12:00:00Z,third,4',
      },
    ]);
  },
);

test('a file with more equal keys than it may have rejected rows is refused whole, also when they are found late', async () => {
  const limits = 'max_rejected_rows = 1\nmax_rejected_ratio = 1\non_duplicate = "reject"\nkey = ';
  await using ledger = await Ledger.create(salesToml.replace('key = ', limits));
  await ledger.list({ id: 'a', path: 'sales.csv', hash: 'v1' });
  await ledger.manifest('run');

  const loading = ledger.ingestCsv('run', csv, { keysUnchecked: true });

  await expect(loading).rejects.toMatchObject({ reason: 'too_many_rejects' });
  expect(await shops(ledger)).toEqual([]);
});

test('the ledger names the dataset that a file was loaded into', async () => {
  await using ledger = await ledgerWith('first');
  await ledger.sql`update charlie.ingestion_log set dataset = 'as another worker would have it'`;

  await ledger.ingestCsv('run', csv);

  expect([...(await ledger.sql`select dataset from charlie.ingestion_log`)]).toEqual([{ dataset: 'sales' }]);
});

test('rejected rows are written as they come, and the rows between them are all there', async () => {
  await using ledger = await ledgerWith('first');
  const rows = Array.from({ length: 9000 }, (_, id) =>
    id % 3 === 0 ? `x${id},,,\n` : `${id},2026-11-20T10:00:00Z,shop,1\n`,
  );

  const result = await ledger.ingestCsv('run', `id,sold_at,shop,amount\n${rows.join('')}`);

  expect(result).toMatchObject({
    outcome: 'ingested',
    account: { read: 9000, loaded: 6000, rejected: 3000 },
  });
  const [counted] = await ledger.sql`
    select (select count(*) from charlie.rejects) as rejects, (select count(distinct line) from charlie.rejects) as lines,
      (select count(*) from datasets.sales) as rows, (select count(distinct id) from datasets.sales) as ids`;
  expect(counted).toEqual({ rejects: 3000, lines: 3000, rows: 6000, ids: 6000 });
});

test('what a file has beyond its dataset is kept beside each row', async () => {
  await using ledger = await Ledger.create(
    salesToml.replace('key = ', 'unknown_columns = "capture"\nkey = '),
  );
  await ledger.list({ id: 'a', path: 'sales.csv', hash: 'v1' });
  await ledger.manifest('run');

  await ledger.ingestCsv(
    'run',
    'id,Note,sold_at\n1,"läuft ""gut""",2026-11-20T10:00:00Z\n2,,2026-11-20T10:00:00Z\n',
  );

  const rows = await ledger.sql`select id, _extra as extra from datasets.sales order by id`;
  expect([...rows]).toEqual([
    { id: 1, extra: { Note: 'läuft "gut"' } },
    { id: 2, extra: null },
  ]);
});
