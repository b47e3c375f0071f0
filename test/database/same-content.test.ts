import { expect, test } from 'vitest';

import { closeRun } from '../../src/database/queries/close-run.ts';
import { manySales, type Sale } from '../support/sales.ts';
import { gate } from './gate.ts';
import { Ledger } from './ledger.ts';
import { owner } from './owner.ts';

const a = { id: 'a', path: 'sales a.csv', hash: 'v1' };
const b = { id: 'b', path: 'sales b.csv', hash: 'v1' };
const c = { id: 'c', path: 'sales c.csv', hash: 'v1' };
const [sales, others] = [manySales(3), manySales(3, 100)];

/** What the ledger says of each file, by its path in the order of the entries. */
async function entries({ sql }: Ledger): Promise<string[]> {
  const rows = await sql<{ path: string; state: string; original: string | null }[]>`
    select log.path, log.state, original.path as original
    from charlie.ingestion_log log left join charlie.ingestion_log original on original.file_id = log.duplicate_of
    order by log.file_id`;
  return rows.map(({ path, state, original }) => [path, state, original ?? ''].join(' ').trimEnd());
}

/** Loads these files, one after the other, in a run of their own. */
async function load(ledger: Ledger, runId: string, files: Readonly<Record<string, readonly Sale[]>>) {
  await ledger.manifest(runId);
  const outcomes: string[] = [];
  for (const [path, content] of Object.entries(files))
    outcomes.push((await ledger.load(runId, path, content)).outcome);
  return outcomes;
}

test('the same content under another name is left out, is done with, and is no failure of the run', async () => {
  await using ledger = await Ledger.create();
  await ledger.list(a, b);

  const outcomes = await load(ledger, 'first', { [a.path]: sales, [b.path]: sales });

  expect(outcomes).toEqual(['ingested', 'duplicate']);
  expect(await ledger.ids()).toEqual([1, 2, 3]);
  expect(await entries(ledger)).toEqual(['sales a.csv ingested', 'sales b.csv duplicate sales a.csv']);
  const run = { runId: 'first', workflowId: 'first', job: 'sync', nominalTime: '', startedAt: '' };
  const closed = await closeRun(ledger.sql, owner(), run, { status: 'succeeded', error: null });
  expect(closed).toMatchObject({ status: 'succeeded', ingested: 1, duplicates: 1, failed: 0, rowsLoaded: 3 });
  expect(await ledger.manifest('second')).toBe(0);
});

test('of two files with one content that are ingested at once, one is loaded', async () => {
  await using ledger = await Ledger.create();
  await ledger.list(a, b);
  await ledger.manifest('run');
  const stop = { claimed: gate(), goOn: gate() };
  const first = ledger.load('run', a.path, sales, { stop });
  await stop.claimed.passed;

  const second = ledger.load('run', b.path, sales);
  await ledger.untilBlocked(second);
  stop.goOn.open();

  expect([(await first).outcome, (await second).outcome]).toEqual(['ingested', 'duplicate']);
  expect(await ledger.ids()).toEqual([1, 2, 3]);
});

test('with same_content = "load" both are loaded', async () => {
  await using ledger = await Ledger.create();
  await ledger.list(a, b);
  await ledger.manifest('run');
  await ledger.load('run', a.path, sales);

  const second = await ledger.load('run', b.path, sales, { sameContent: 'load' });

  expect(second.outcome).toBe('ingested');
  expect(await ledger.ids()).toEqual([1, 1, 2, 2, 3, 3]);
});

test('files of a header alone are alike, and each counts as its own', async () => {
  await using ledger = await Ledger.create();
  await ledger.list(a, b);

  expect(await load(ledger, 'run', { [a.path]: [], [b.path]: [] })).toEqual(['ingested', 'ingested']);
});

test('a file that goes back to an earlier content is loaded again', async () => {
  await using ledger = await Ledger.create();
  for (const [run, hash, content] of [
    ['1', 'v1', sales],
    ['2', 'v2', others],
    ['3', 'v1', sales],
  ] as const) {
    await ledger.list({ ...a, hash });
    expect(await load(ledger, run, { [a.path]: content })).toEqual(['ingested']);
  }

  expect(await ledger.ids()).toEqual([1, 2, 3]);
});

test('a file that was saved again without a change, or uploaded again in place of one that is gone, is no duplicate of itself', async () => {
  await using ledger = await Ledger.create();
  await ledger.list(a);
  await load(ledger, '1', { [a.path]: sales });
  await ledger.list({ ...a, hash: 'saved again' });
  expect(await load(ledger, '2', { [a.path]: sales })).toEqual(['ingested']);
  await ledger.list();
  await ledger.list({ ...a, id: 'another item', hash: 'uploaded again' });

  expect(await load(ledger, '3', { [a.path]: sales })).toEqual(['ingested']);

  expect(await ledger.ids()).toEqual([1, 2, 3]);
  expect(await ledger.states()).toEqual(['replaced', 'replaced', 'ingested']);
});

test('when the file that has brought the content is replaced, the rows pass to the one that was left out, though that is gone from its source', async () => {
  await using ledger = await Ledger.create();
  await ledger.list(a, b, c);
  const withReject = [...sales, { id: 'x' }];
  await load(ledger, '1', { [a.path]: withReject, [b.path]: withReject, [c.path]: withReject });
  await ledger.list({ ...a, hash: 'v2' });

  await load(ledger, '2', { [a.path]: others });

  expect(await ledger.ids()).toEqual([1, 2, 3, 100, 101, 102]);
  expect(await entries(ledger)).toEqual([
    'sales a.csv replaced',
    'sales b.csv ingested',
    'sales c.csv duplicate sales b.csv',
    'sales a.csv ingested',
  ]);
  const heir = await ledger.fileId(b.path);
  const { sql } = ledger;
  expect(await sql`select file_id, line from charlie.rejects`).toEqual([{ file_id: heir, line: 5 }]);
  expect(await sql`select distinct _file_id from datasets.sales where id < 100`).toEqual([
    { _file_id: heir },
  ]);
  expect(await sql`select rows from charlie.file_hours where file_id = ${heir}`).toEqual([{ rows: 3 }]);
  // Its figures name the files that they come from.
  expect(await sql`select from charlie.stale_hours where file_id = ${heir}`).toHaveLength(1);
  expect(
    await sql`select rows_read, rows_loaded, rows_rejected from charlie.ingestion_log where file_id = ${heir}`,
  ).toEqual([{ rows_read: 4, rows_loaded: 3, rows_rejected: 1 }]);
});

test('a file that was left out, and has a content of its own later, inherits nothing', async () => {
  await using ledger = await Ledger.create();
  await ledger.list(a, b);
  await load(ledger, '1', { [a.path]: sales, [b.path]: sales });
  await ledger.list(a, { ...b, hash: 'v2' });
  await load(ledger, '2', { [b.path]: others });
  await ledger.list({ ...a, hash: 'v2' }, { ...b, hash: 'v2' });

  await load(ledger, '3', { [a.path]: manySales(3, 200) });

  expect(await ledger.ids()).toEqual([100, 101, 102, 200, 201, 202]);
  expect(await ledger.states()).toEqual(['replaced', 'replaced', 'ingested', 'ingested']);
});

test('a copy that arrives while the file with its content is being replaced is loaded itself', async () => {
  await using ledger = await Ledger.create();
  await ledger.list(a);
  await load(ledger, '1', { [a.path]: sales });
  await ledger.list({ ...a, hash: 'v2' }, b);
  await ledger.manifest('2');
  const stop = { claimed: gate(), goOn: gate() };
  const replacing = ledger.load('2', a.path, others, { stop });
  await stop.claimed.passed;

  const copy = ledger.load('2', b.path, sales);
  await ledger.untilBlocked(copy);
  stop.goOn.open();
  await replacing;

  expect((await copy).outcome).toBe('ingested');
  expect(await ledger.ids()).toEqual([1, 2, 3, 100, 101, 102]);
});

test('a file that takes over the content of another one, but has lost more than half of its rows by that, is held back', async () => {
  await using ledger = await Ledger.create();
  await ledger.list(a, b);
  await load(ledger, '1', { [a.path]: sales, [b.path]: manySales(10, 100) });
  await ledger.list(a, { ...b, hash: 'v2' });

  await expect(load(ledger, '2', { [b.path]: sales })).rejects.toMatchObject({ before: 10, after: 3 });

  expect(await ledger.ids()).toHaveLength(13);
});

test('a later attempt finds that the file was left out, and one whose run is closed changes nothing', async () => {
  await using ledger = await Ledger.create();
  await ledger.list(a);
  await load(ledger, '1', { [a.path]: sales });
  await ledger.list(a, b);
  await ledger.manifest('2');
  const zombie = owner();
  const run = { runId: '2', workflowId: '2', job: 'sync', nominalTime: '', startedAt: '' };
  await closeRun(ledger.sql, owner(), run, { status: 'succeeded', error: null });

  const late = ledger.load('2', b.path, sales, { as: zombie });
  await expect(late).rejects.toMatchObject({ name: 'RunClosed' });
  expect(await ledger.states()).toEqual(['ingested', 'pending']);

  await ledger.manifest('3');
  expect((await ledger.load('3', b.path, sales)).outcome).toBe('duplicate');
  expect((await ledger.load('3', b.path, sales)).outcome).toBe('already');
  expect(await ledger.sql`select file_id from charlie.open_files`).toEqual([]);
});
