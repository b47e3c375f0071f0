import { expect, test } from 'vitest';

import { quarantineFile } from '../../src/database/queries/quarantine-file.ts';
import { recordFailure } from '../../src/database/queries/record-attempt.ts';
import { manySales } from '../support/sales.ts';
import { gate } from './gate.ts';
import { Ledger } from './ledger.ts';
import { owner } from './owner.ts';

/* Versions that are loaded, and read again by a run that was told to. */

const again = { again: true };

/** One file of three rows, loaded, and in the manifest of the run `again`. */
async function loadedOnce(): Promise<Ledger> {
  const ledger = await Ledger.create();
  await ledger.list({ id: 'a', path: 'sales.csv', hash: 'v1' });
  await ledger.manifest('first');
  await ledger.ingest('first', manySales(3));
  await ledger.manifest('again', 'replace', again);
  return ledger;
}

test('the rows that were there stay until others take their place, in one step', async () => {
  await using ledger = await loadedOnce();
  const stop = { claimed: gate(), goOn: gate() };
  const reading = ledger.ingest('again', manySales(4, 10), stop);
  await stop.claimed.passed;
  expect(await ledger.ids()).toEqual([1, 2, 3]);
  stop.goOn.open();

  expect(await reading).toMatchObject({ outcome: 'ingested', replaced: 3 });
  expect(await ledger.ids()).toEqual([10, 11, 12, 13]);
  expect(await ledger.states()).toEqual(['ingested']);
  expect(await ledger.sql`select rows_loaded, run_id from charlie.ingestion_log`).toEqual([
    { rows_loaded: 4, run_id: 'again' },
  ]);
  expect(await ledger.sql`select sum(rows)::int as rows from charlie.file_hours`).toEqual([{ rows: 4 }]);
});

test('a repeated attempt finds it done, and one that was stopped and wakes does nothing', async () => {
  await using ledger = await loadedOnce();
  const stop = { claimed: gate(), goOn: gate() };
  const zombie = ledger.ingest('again', manySales(3, 100), stop, owner({ runId: 'again', attempt: 1 }));
  zombie.catch(() => undefined);
  await stop.claimed.passed;
  const late = owner({ runId: 'again' });

  const second = await ledger.ingest('again', manySales(4), undefined, owner({ runId: 'again', attempt: 2 }));
  stop.goOn.open();
  await expect(zombie).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
  const third = await ledger.ingest('again', manySales(9), undefined, late);

  expect([second.outcome, third]).toMatchObject(['ingested', { outcome: 'already', byThisRun: true }]);
  expect(await ledger.ids()).toEqual([1, 2, 3, 4]);
});

test('what lost its rows by half is rolled back, and remains as it was', async () => {
  await using ledger = await loadedOnce();

  await expect(ledger.ingest('again', manySales(1, 50))).rejects.toMatchObject({ before: 3, after: 1 });

  expect(await ledger.ids()).toEqual([1, 2, 3]);
  expect(await ledger.states()).toEqual(['ingested']);
});

test('a failure is charged to it as to any other, and a refusal whole cannot end it', async () => {
  await using ledger = await loadedOnce();
  const { fileId, position } = await ledger.file('again');
  const file = { runId: 'again', position };
  const refusal = { reason: 'not_csv', detail: '', summary: '', sha256: 'a', place: '/aside' };

  expect(
    await recordFailure(ledger.sql, owner({ runId: 'again' }), file, { error: 'EIO', mayRetry: true }),
  ).toBe(true);
  expect(await ledger.file('again')).toMatchObject({ state: 'failed', attempts: 1 });
  const by = owner({ runId: 'again' });
  expect(
    await quarantineFile(ledger.sql, by, { ...file, fileId }, { ...refusal, copy: async () => undefined }),
  ).toBe(false);
  expect(await ledger.states()).toEqual(['ingested']);
});

test('what a person has purged meanwhile stays out', async () => {
  await using ledger = await loadedOnce();
  await ledger.sql`update charlie.ingestion_log set state = 'purged'`;
  await ledger.sql`delete from datasets.sales`;

  expect(await ledger.ingest('again', manySales(3))).toMatchObject({ outcome: 'already' });
  expect(await ledger.manifest('later', 'replace', again)).toBe(0);
  expect(await ledger.ids()).toEqual([]);
});

test('a file that another one stood for keeps its content when that one belongs elsewhere by now', async () => {
  await using ledger = await Ledger.create();
  await ledger.list({ id: 'a', path: 'sales.csv', hash: 'v1' }, { id: 'b', path: 'sales b.csv', hash: 'v2' });
  await ledger.manifest('first');
  await ledger.load('first', 'sales.csv', manySales(3));
  await ledger.load('first', 'sales b.csv', manySales(3));
  expect(await ledger.states()).toEqual(['ingested', 'duplicate']);
  await ledger.manifest('again', 'replace', again);
  // As if it had been loaded into another dataset, of which this is the table.
  await ledger.sql`create table datasets.other (like datasets.sales including all)`;
  await ledger.sql`insert into datasets.other select * from datasets.sales`;
  await ledger.sql`delete from datasets.sales`;
  await ledger.sql`update charlie.ingestion_log set dataset = 'other'`;

  await ledger.load('again', 'sales.csv', manySales(3));

  const of = (table: string) => ledger.sql`select distinct name from ${ledger.sql(`datasets.${table}`)}
    join charlie.ingestion_log on file_id = _file_id`;
  expect(await of('sales')).toEqual([{ name: 'sales.csv' }]);
  expect(await of('other')).toEqual([{ name: 'sales b.csv' }]);
  expect(await ledger.states()).toEqual(['ingested', 'ingested']);
});
