import { expect, test } from 'vitest';

import { aggregateStaleHours, refreshDefinition } from '../../src/database/queries/aggregate-hours.ts';
import { closeRun } from '../../src/database/queries/close-run.ts';
import {
  inPurgeOrder,
  type PurgedFile,
  purgeFile,
  readLoadedBy,
} from '../../src/database/queries/purge-file.ts';
import { manySales } from '../support/sales.ts';
import { gate } from './gate.ts';
import { Ledger } from './ledger.ts';
import { owner } from './owner.ts';

const a = { id: 'a', path: 'sales a.csv', hash: 'v1' };
const b = { id: 'b', path: 'sales b.csv', hash: 'v1' };
const sales = manySales(3);

interface Asked {
  readonly dryRun?: boolean;
  readonly reload?: boolean;
}

async function purge(ledger: Ledger, path: string, asked: Asked = {}): Promise<PurgedFile> {
  return purgeId(ledger, await ledger.fileId(path), asked);
}

function purgeId(ledger: Ledger, fileId: number, asked: Asked = {}): Promise<PurgedFile> {
  const rules = { by: 'ann@host', dryRun: false, reload: false, assertThere: () => Promise.resolve() };
  return purgeFile(ledger.sql, owner({ runId: 'by hand' }), fileId, { ...rules, ...asked });
}

/** One run in which all files have the same content. */
async function loaded(...files: readonly (typeof a)[]): Promise<Ledger> {
  const ledger = await Ledger.create();
  await ledger.list(...files);
  await ledger.manifest('1');
  for (const { path } of files) await ledger.load('1', path, [...sales, { id: 'x' }]);
  return ledger;
}

/** The figures of all hours, as `rows` of each. */
async function figures(ledger: Ledger): Promise<number[]> {
  await refreshDefinition(ledger.sql, owner(), ledger.dataset, 'UTC');
  const options = { zone: 'UTC', runId: null, onProgress: () => undefined };
  await aggregateStaleHours(ledger.sql, owner(), ledger.dataset, options);
  const hours = await ledger.sql<{ rows: number }[]>`select rows from charlie.aggregated_hours order by hour`;
  return hours.map(({ rows }) => rows);
}

test('a purge takes out the rows, the rejects and the figures of a file, and keeps who did it and when', async () => {
  await using ledger = await loaded(a);
  expect(await figures(ledger)).toEqual([3]);

  const purged = await purge(ledger, a.path);

  expect(purged).toMatchObject({ name: a.path, rows: 3, hours: 1, duplicates: [], replaced: [] });
  expect(await ledger.ids()).toEqual([]);
  const { sql } = ledger;
  expect(await sql`select from charlie.rejects`).toHaveLength(0);
  expect(await sql`select from charlie.file_hours`).toHaveLength(0);
  expect(await figures(ledger)).toEqual([0]);
  expect(
    await sql`select state, decided_by, decided_at > ended_at as later, rows_loaded from charlie.ingestion_log`,
  ).toEqual([{ state: 'purged', decided_by: 'ann@host', later: true, rows_loaded: 3 }]);
});

test('a purged version is never loaded again, also when it is uploaded anew; another version of it is', async () => {
  await using ledger = await loaded(a);
  await purge(ledger, a.path);

  expect(await ledger.manifest('2')).toBe(0);
  await ledger.list();
  await ledger.list({ ...a, id: 'uploaded anew' });
  expect(await ledger.manifest('3')).toBe(0);
  await ledger.list({ ...a, id: 'uploaded anew', hash: 'v2' });
  expect(await ledger.manifest('4')).toBe(1);
});

test('a dry run says the same, and changes nothing', async () => {
  await using ledger = await loaded(a, b);

  const said = await purge(ledger, a.path, { dryRun: true });

  expect(said).toMatchObject({ rows: 3, hours: 1, duplicates: [await ledger.fileId(b.path)] });
  expect(await ledger.ids()).toEqual([1, 2, 3]);
  expect(await ledger.states()).toEqual(['ingested', 'duplicate']);
  expect(await ledger.sql`select from charlie.stale_hours`).toHaveLength(1);
});

test('with reload the next run loads the same version again, once', async () => {
  await using ledger = await loaded(a);
  await purge(ledger, a.path, { reload: true });
  expect(await ledger.ids()).toEqual([]);

  expect(await ledger.manifest('2')).toBe(1);
  await ledger.load('2', a.path, sales);

  expect(await ledger.ids()).toEqual([1, 2, 3]);
  expect(await ledger.states()).toEqual(['ingested']);
});

test('what could not be loaded again is not purged for that', async () => {
  await using ledger = await loaded(a);
  await ledger.list({ ...a, hash: 'v2' });
  await expect(purge(ledger, a.path, { reload: true })).rejects.toMatchObject({
    name: 'VersionGone',
    why: 'overtaken',
  });
  await ledger.list();
  await expect(purge(ledger, a.path, { reload: true })).rejects.toMatchObject({
    name: 'VersionGone',
    why: 'deleted',
  });

  expect(await ledger.ids()).toEqual([1, 2, 3]);
});

test('files that were left out for the sake of the rows are back in line, and the next run loads these rows again', async () => {
  await using ledger = await loaded(a, b);

  await purge(ledger, a.path);

  expect(await ledger.states()).toEqual(['purged', 'pending']);
  expect(await ledger.manifest('2')).toBe(1);
  await ledger.load('2', b.path, sales);
  expect(await ledger.ids()).toEqual([1, 2, 3]);
});

test('what a run has loaded can be purged as a whole, with the files that it has left out', async () => {
  await using ledger = await loaded(a, b);

  for (const fileId of await readLoadedBy(ledger.sql, '1')) await purgeId(ledger, fileId);

  expect(await ledger.states()).toEqual(['purged', 'purged']);
  expect(await ledger.ids()).toEqual([]);
  expect(await ledger.manifest('2')).toBe(0);
});

test('a file and its duplicates are purged together, in whatever order they are named', async () => {
  await using ledger = await loaded(a, b);
  const [original, copy] = [await ledger.fileId(a.path), await ledger.fileId(b.path)];

  for (const fileId of await inPurgeOrder(ledger.sql, [original, 4711, copy]))
    if (fileId !== 4711) await purgeId(ledger, fileId);

  expect(await inPurgeOrder(ledger.sql, [4711, original])).toEqual([4711, original]);
  expect(await ledger.states()).toEqual(['purged', 'purged']);
  expect(await ledger.manifest('2')).toBe(0);
});

test('a file that is just being ingested is waited for, and purged then', async () => {
  await using ledger = await Ledger.create();
  await ledger.list(a);
  await ledger.manifest('1');
  const stop = { claimed: gate(), goOn: gate() };
  const ingesting = ledger.load('1', a.path, sales, { stop });
  await stop.claimed.passed;

  const purging = purge(ledger, a.path);
  await ledger.untilBlocked(purging);
  stop.goOn.open();

  expect((await ingesting).outcome).toBe('ingested');
  expect(await purging).toMatchObject({ rows: 3, hours: 1 });
  expect(await ledger.ids()).toEqual([]);
  expect(await ledger.states()).toEqual(['purged']);
});

test('a newer version that is just being ingested is waited for, and then there is nothing to purge', async () => {
  await using ledger = await loaded(a);
  const former = await ledger.fileId(a.path);
  await ledger.list({ ...a, hash: 'v2' });
  await ledger.manifest('2');
  const stop = { claimed: gate(), goOn: gate() };
  const ingesting = ledger.load('2', a.path, manySales(3, 100), { stop });
  await stop.claimed.passed;

  const purging = purgeId(ledger, former);
  await ledger.untilBlocked(purging);
  stop.goOn.open();
  await ingesting;

  await expect(purging).rejects.toMatchObject({ name: 'FileStateUnfit', state: 'replaced' });
  expect(await ledger.ids()).toEqual([100, 101, 102]);
});

test('a version whose place the purged one had taken stays replaced, and is named', async () => {
  await using ledger = await loaded(a);
  const former = await ledger.fileId(a.path);
  await ledger.list({ ...a, hash: 'v2' });
  await ledger.manifest('2');
  await ledger.load('2', a.path, manySales(3, 100));

  expect(await purge(ledger, a.path)).toMatchObject({ replaced: [former] });

  expect(await ledger.states()).toEqual(['replaced', 'purged']);
  expect(await ledger.manifest('3')).toBe(0);
});

test('an attempt that was stopped in mid-load, and wakes beside the purge of what its successor has loaded, brings nothing back', async () => {
  await using ledger = await Ledger.create();
  await ledger.list(a);
  await ledger.manifest('1');
  const stop = { claimed: gate(), goOn: gate() };
  const attempt = (number: number) => owner({ runId: '1', attempt: number });
  const zombie = ledger.load('1', a.path, sales, { stop, as: attempt(1) });
  zombie.catch(() => undefined);
  await stop.claimed.passed;
  const late = attempt(2);
  await ledger.load('1', a.path, sales, { as: attempt(3) });

  await purge(ledger, a.path);
  stop.goOn.open();

  await expect(zombie).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
  expect(await ledger.load('1', a.path, sales, { as: late })).toMatchObject({ outcome: 'already' });
  expect(await ledger.ids()).toEqual([]);
  expect(await ledger.states()).toEqual(['purged']);
});

test('an attempt of a run that is over, and wakes after a purge with reload, leaves the file to the next run', async () => {
  await using ledger = await loaded(a);
  const zombie = owner({ runId: '1' });
  const run = { runId: '1', workflowId: '1', job: 'sync', nominalTime: '', startedAt: '' };
  await closeRun(ledger.sql, owner(), run, { status: 'succeeded', error: null });
  await purge(ledger, a.path, { reload: true });

  await expect(ledger.load('1', a.path, sales, { as: zombie })).rejects.toMatchObject({ name: 'RunClosed' });

  expect(await ledger.ids()).toEqual([]);
  expect(await ledger.manifest('2')).toBe(1);
});

test('only what is loaded can be purged, and only what the ledger has', async () => {
  await using ledger = await loaded(a);
  await expect(purgeId(ledger, 4711)).rejects.toMatchObject({ name: 'FileUnknown' });
  await purge(ledger, a.path);

  await expect(purge(ledger, a.path)).rejects.toMatchObject({ name: 'FileStateUnfit', state: 'purged' });
});
