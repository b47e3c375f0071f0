import { expect, test } from 'vitest';

import { beginAs } from '../../src/database/owned-transaction.ts';
import type { IngestedFile } from '../../src/database/queries/ingest-file.ts';
import { closeFile, openFile } from '../../src/database/queries/open-file.ts';
import { quarantineFile } from '../../src/database/queries/quarantine-file.ts';
import { retryFile } from '../../src/database/queries/retry-file.ts';
import { manySales } from '../support/sales.ts';
import { Ledger } from './ledger.ts';
import { owner } from './owner.ts';

const file = { runId: 'run', position: 0, fileId: 1 };

async function listed(): Promise<Ledger> {
  const ledger = await Ledger.create();
  await ledger.list({ id: 'a', path: 'sales.csv', hash: 'v1' });
  await ledger.manifest('run');
  return ledger;
}

/** A process opened the file and was never heard of again. */
async function lose(ledger: Ledger, process: string, alone = false): Promise<string> {
  const as = owner();
  return beginAs(ledger.sql, as, async (tx) => {
    await tx`select from charlie.ingestion_log where file_id = 1 for update`;
    return (await openFile(ledger.sql.observer, as, { fileId: 1, process, alone })).outcome;
  });
}

function load(ledger: Ledger, process: string, alone = false): Promise<IngestedFile> {
  return ledger.ingest('run', manySales(3), undefined, owner(), { process, alone });
}

async function marks(ledger: Ledger): Promise<unknown[]> {
  return [...(await ledger.sql`select opened_by, takedowns, lost_process from charlie.open_files`)];
}

test('a file that is loaded leaves no mark, whoever had it open before', async () => {
  await using ledger = await listed();
  await lose(ledger, 'a');

  expect(await load(ledger, 'b')).toMatchObject({ outcome: 'ingested' });

  expect(await marks(ledger)).toEqual([]);
});

test('a file that the same process opens again was not lost', async () => {
  await using ledger = await listed();
  await lose(ledger, 'a');
  await lose(ledger, 'a');

  expect(await marks(ledger)).toEqual([{ opened_by: 'a', takedowns: 0, lost_process: null }]);
});

test('a file that was open when two processes were lost is loaded alone', async () => {
  await using ledger = await listed();
  await lose(ledger, 'a');
  await lose(ledger, 'b');

  expect(await load(ledger, 'c')).toEqual({ outcome: 'suspect' });
  expect(await marks(ledger)).toEqual([{ opened_by: null, takedowns: 2, lost_process: 'b' }]);
  expect(await load(ledger, 'c', true)).toMatchObject({ outcome: 'ingested' });

  expect(await marks(ledger)).toEqual([]);
});

test('a file that takes a third one down, alone, is refused in every run', async () => {
  await using ledger = await listed();
  await lose(ledger, 'a');
  await lose(ledger, 'b');
  expect(await lose(ledger, 'c', true)).toBe('opened');

  expect(await load(ledger, 'd')).toEqual({ outcome: 'refused', takedowns: 3, lostProcess: 'c' });
  expect(await load(ledger, 'e', true)).toMatchObject({ outcome: 'refused' });
  expect(await ledger.ids()).toEqual([]);
});

test('a process that is lost while a suspect only waits to be loaded alone is not held against it', async () => {
  await using ledger = await listed();
  await lose(ledger, 'a');
  await lose(ledger, 'b');
  await load(ledger, 'c');

  expect(await load(ledger, 'd')).toEqual({ outcome: 'suspect' });
});

test('who puts such a file back in line has it tried once more, alone', async () => {
  await using ledger = await listed();
  for (const process of ['a', 'b', 'c']) await lose(ledger, process, true);
  expect(await load(ledger, 'd', true)).toMatchObject({ outcome: 'refused' });
  const refusal = {
    reason: 'took_down_workers',
    detail: 'Three.',
    summary: 'Three.',
    sha256: 'a',
    place: '/aside',
  };
  await quarantineFile(ledger.sql, owner(), file, { ...refusal, copy: async () => undefined });

  const putBack = () => Promise.reject(new Error('not a local file'));
  await retryFile(ledger.sql, owner(), 1, { by: 'ann', acceptShrunk: false, putBack });

  expect(await load(ledger, 'e')).toEqual({ outcome: 'suspect' });
  expect(await lose(ledger, 'e', true)).toBe('opened');
  expect(await load(ledger, 'f', true)).toMatchObject({ outcome: 'refused', lostProcess: 'e' });
});

test('a process that was stopped before it opened the file, and wakes, neither marks nor charges it', async () => {
  await using ledger = await listed();
  await lose(ledger, 'successor');

  const opening = openFile(ledger.sql.observer, owner(), { fileId: 1, process: 'woken', alone: false });

  await expect(opening).rejects.toMatchObject({ name: 'DatabaseUnavailable' });
  expect(await marks(ledger)).toEqual([{ opened_by: 'successor', takedowns: 0, lost_process: null }]);
});

test('a process that was taken for lost, and lives, takes back what that counted', async () => {
  await using ledger = await listed();
  const file = { fileId: 1, process: 'frozen', alone: false };
  await lose(ledger, 'frozen');
  await lose(ledger, 'successor');
  expect(await marks(ledger)).toEqual([{ opened_by: 'successor', takedowns: 1, lost_process: 'frozen' }]);

  await closeFile(ledger.sql.observer, file);

  expect(await marks(ledger)).toEqual([{ opened_by: 'successor', takedowns: 0, lost_process: null }]);
});
