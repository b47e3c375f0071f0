import { expect, test } from 'vitest';

import { openRun } from '../../src/database/queries/open-run.ts';
import { writeManifest } from '../../src/database/queries/write-manifest.ts';
import { patternToRegex } from '../../src/domain/file-pattern.ts';
import { Ledger, type ListedFile } from './ledger.ts';
import { owner } from './owner.ts';

const sales: ListedFile = { id: 'a', path: 'sales a.csv', hash: 'a1' };
const other: ListedFile = { id: 'o', path: 'other.csv', hash: 'o1' };

async function settled(ledger: Ledger): Promise<(string | null)[]> {
  const items = await ledger.sql<{ settled: string | null }[]>`
    select settled from charlie.drive_items order by item_id`;
  return items.map((item) => item.settled);
}

/** Sales a is loaded, and other.csv of no dataset; a further run has seen that. */
async function known(): Promise<Ledger> {
  const ledger = await Ledger.create();
  await ledger.list(sales, other);
  expect(await ledger.manifest('first')).toBe(1);
  await ledger.ingest('first', [{ id: 1 }]);
  expect(await ledger.manifest('second')).toBe(0);
  return ledger;
}

test('what a run need not look at again is settled, until it changes', async () => {
  await using ledger = await known();
  expect(await settled(ledger)).toEqual(['ledger', 'name']);

  await ledger.list({ ...sales, path: 'moved/sales a.csv' }, other);
  expect(await settled(ledger)).toEqual(['ledger', 'name']);
  await ledger.list({ ...sales, hash: 'a2' }, { ...other, path: 'sales o.csv' });
  expect(await settled(ledger)).toEqual([null, null]);
  expect(await ledger.manifest('third')).toBe(2);
});

test('a file that comes back after another has taken its place is looked at again', async () => {
  await using ledger = await known();
  const again = { ...sales, id: 'b', hash: 'b1' };
  await ledger.list(again, other);
  expect(await ledger.manifest('third')).toBe(1);
  await ledger.ingest('third', [{ id: 2 }]);
  await ledger.list(sales, other);
  expect(await ledger.manifest('fourth')).toBe(1);
});

test('a file that was put back in line is found, though it was settled', async () => {
  await using ledger = await known();
  await ledger.sql`update charlie.ingestion_log set state = 'pending' where item_id = 'a'`;
  expect(await ledger.manifest('third')).toBe(1);
});

test('files that no dataset took are found once one does', async () => {
  await using ledger = await known();
  const { sourceId } = await ledger.beginListing();
  const at = new Date().toISOString();
  await openRun(ledger.sql, {
    runId: 'third',
    workflowId: 'third',
    job: 'sync',
    nominalTime: at,
    startedAt: at,
    timeoutSeconds: 600,
  });
  const { total } = await writeManifest(ledger.sql, owner({ runId: 'third' }), {
    runId: 'third',
    rules: {
      ...{
        sourceId,
        paths: null,
        from: null,
        to: null,
        retryOlder: true,
        datasets: ['sales'],
        onChanged: 'replace',
      },
      patterns: ['sales*.csv', 'other*.csv'].map((glob) => ({
        dataset: 'sales',
        regex: patternToRegex(glob),
      })),
    },
    chunkStarts: (sizes) => [...sizes.keys()],
  });
  expect(total).toBe(1);
});
