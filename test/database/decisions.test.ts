import { expect, test } from 'vitest';

import { discardFile } from '../../src/database/queries/discard-file.ts';
import { quarantineFile } from '../../src/database/queries/quarantine-file.ts';
import { readQuarantinedFile } from '../../src/database/queries/read-quarantined-file.ts';
import { retryFile } from '../../src/database/queries/retry-file.ts';
import { manySales } from '../support/sales.ts';
import { Ledger } from './ledger.ts';
import { owner } from './owner.ts';

const a = { id: 'a', path: 'sales.csv', hash: 'v1' };
const reason = { reason: 'not_csv', detail: 'It is a workbook.', summary: 'It is none.' };
const lostRows = { reason: 'replacement_shrunk', detail: 'It has lost rows.', summary: 'It has lost rows.' };

async function refuse(ledger: Ledger, runId: string, refusal = reason, as = owner()): Promise<boolean> {
  const { position, fileId } = await ledger.file(runId);
  const copy = async () => undefined;
  const file = { runId, position, fileId };
  return quarantineFile(ledger.sql, as, file, { ...refusal, sha256: 'a', place: '/in/quarantine/1', copy });
}

async function quarantined(refusal = reason): Promise<Ledger> {
  const ledger = await Ledger.create();
  await ledger.list(a);
  await ledger.manifest('1');
  await refuse(ledger, '1', refusal);
  return ledger;
}

async function retry(ledger: Ledger, acceptShrunk = false): Promise<void> {
  const putBack = () => Promise.reject(new Error('not a local file'));
  await retryFile(ledger.sql, owner(), await ledger.fileId(a.path), {
    by: 'ann@host',
    acceptShrunk,
    putBack,
  });
}

test('a file that is put back in line is loaded by the next run, and the ledger knows who did it', async () => {
  await using ledger = await quarantined();
  expect(await ledger.manifest('2')).toBe(0);

  await retry(ledger);

  const [entry] = await ledger.sql`select state, reason, detail, decided_by from charlie.ingestion_log`;
  expect(entry).toEqual({ state: 'pending', reason: null, detail: null, decided_by: 'ann@host' });
  expect(await ledger.manifest('3')).toBe(1);
  await ledger.ingest('3', manySales(3));
  expect(await ledger.ids()).toEqual([1, 2, 3]);
});

test('a version that has lost rows is loaded once somebody has accepted that, and no later one is for that', async () => {
  await using ledger = await Ledger.create();
  await ledger.list(a);
  await ledger.manifest('1');
  await ledger.ingest('1', manySales(10));
  await ledger.list({ ...a, hash: 'v2' });
  await ledger.manifest('2');
  await expect(ledger.ingest('2', manySales(4))).rejects.toMatchObject({ name: 'ReplacementShrunk' });
  await refuse(ledger, '2', lostRows);
  await retry(ledger);
  await ledger.manifest('3');
  await expect(ledger.ingest('3', manySales(4))).rejects.toMatchObject({ name: 'ReplacementShrunk' });
  await refuse(ledger, '3', lostRows);

  await retry(ledger, true);

  await ledger.manifest('4');
  await ledger.ingest('4', manySales(4));
  expect(await ledger.ids()).toEqual([1, 2, 3, 4]);
  await ledger.list({ ...a, hash: 'v3' });
  await ledger.manifest('5');
  await expect(ledger.ingest('5', manySales(1))).rejects.toMatchObject({ name: 'ReplacementShrunk' });
});

test('to accept a loss says nothing of a file that was refused for something else', async () => {
  await using ledger = await quarantined();

  await retry(ledger, true);

  expect(await ledger.sql`select shrunk_accepted from charlie.ingestion_log`).toEqual([
    { shrunk_accepted: false },
  ]);
});

test('a version that its source no longer has cannot be put back in line', async () => {
  await using ledger = await quarantined();
  await ledger.list({ ...a, hash: 'v2' });
  await expect(retry(ledger)).rejects.toMatchObject({ name: 'VersionGone', why: 'overtaken' });
  await ledger.list();
  await expect(retry(ledger)).rejects.toMatchObject({ name: 'VersionGone', why: 'deleted' });

  expect(await ledger.states()).toEqual(['quarantined']);
});

test('a file that is discarded is never tried again, also when it is uploaded anew; a new version of it is', async () => {
  await using ledger = await quarantined();
  const fileId = await ledger.fileId(a.path);

  await discardFile(ledger.sql, owner(), fileId, 'ann@host');

  const [entry] = await ledger.sql`select state, reason, decided_by from charlie.ingestion_log`;
  expect(entry).toEqual({ state: 'discarded', reason: 'not_csv', decided_by: 'ann@host' });
  expect(await ledger.manifest('2')).toBe(0);
  await ledger.list();
  await ledger.list({ ...a, id: 'uploaded anew' });
  expect(await ledger.manifest('3')).toBe(0);
  await ledger.list({ ...a, id: 'uploaded anew', hash: 'v2' });
  expect(await ledger.manifest('4')).toBe(1);
});

test('an attempt that was stopped, and wakes after the decision, neither loads nor refuses the file', async () => {
  await using ledger = await quarantined();
  const zombie = owner();
  await discardFile(ledger.sql, owner(), await ledger.fileId(a.path), 'ann');

  expect(await refuse(ledger, '1', lostRows, zombie)).toBe(false);
  expect(await ledger.ingest('1', manySales(3), undefined, zombie)).toMatchObject({ outcome: 'already' });
  expect(await ledger.states()).toEqual(['discarded']);
  expect(await ledger.ids()).toEqual([]);
});

test('only quarantined files can be decided about, and only such as the ledger has', async () => {
  await using ledger = await quarantined();
  const unknown = { name: 'FileUnknown', fileId: 4711 };
  await expect(discardFile(ledger.sql, owner(), 4711, 'ann')).rejects.toMatchObject(unknown);
  await expect(readQuarantinedFile(ledger.sql, 4711)).rejects.toMatchObject(unknown);
  await retry(ledger);

  const unfit = { name: 'FileStateUnfit', state: 'pending' };
  await expect(retry(ledger)).rejects.toMatchObject(unfit);
  const fileId = await ledger.fileId(a.path);
  await expect(discardFile(ledger.sql, owner(), fileId, 'ann')).rejects.toMatchObject(unfit);
  await expect(readQuarantinedFile(ledger.sql, fileId)).rejects.toMatchObject(unfit);
});

test('of a file that replaces nothing after all, the version that stays is known', async () => {
  await using ledger = await Ledger.create();
  await ledger.list(a);
  await ledger.manifest('1');
  await ledger.ingest('1', manySales(10));
  const earlier = await ledger.fileId(a.path);
  await ledger.list();
  await ledger.list({ ...a, id: 'uploaded anew', hash: 'v2' });
  await ledger.manifest('2');
  await refuse(ledger, '2', lostRows);

  expect(await readQuarantinedFile(ledger.sql, await ledger.fileId(a.path))).toMatchObject({
    ...{ name: 'sales.csv', reason: 'replacement_shrunk', sourceKind: 'sharepoint', isListed: true },
    ...{ copy: '/in/quarantine/1', takedowns: 0, runId: '2', workflowId: '2' },
    earlier: { fileId: earlier, rows: 10 },
  });
});
