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
        again: false,
      },
      patterns: ['sales*.csv', 'other*.csv'].map((glob) => ({
        dataset: 'sales',
        regex: patternToRegex(glob),
      })),
    },
    chunkStarts: (sizes) => [...sizes.keys()],
    dryRun: false,
  });
  expect(total).toBe(1);
});

/** Sales a is loaded, and gone; `again` has come in its place. */
async function replacedBy(again: ListedFile, onChanged: 'replace' | 'skip' = 'replace'): Promise<Ledger> {
  const ledger = await Ledger.create();
  await ledger.list(sales);
  await ledger.manifest('first');
  await ledger.ingest('first', [{ id: 1 }]);
  await ledger.list(again);
  expect(await ledger.manifest('second', onChanged)).toBe(0);
  expect(await settled(ledger)).toContain('left_out');
  return ledger;
}

const sameAgain: ListedFile = { ...sales, id: 'b' };
const otherAgain: ListedFile = { ...sales, id: 'b', hash: 'b1' };
const changed: ListedFile = { ...sales, hash: 'a2' };

test('after a mass upload of what is loaded no run looks at it again', async () => {
  await using ledger = await Ledger.create();
  const files = Array.from({ length: 30 }, (_, number) => ({
    id: `a${number}`,
    path: `sales ${number}.csv`,
    hash: `${number}`,
  }));
  await ledger.list(...files);
  expect(await ledger.manifest('first')).toBe(30);
  for (const [number, { path }] of files.entries()) await ledger.load('first', path, [{ id: number }]);
  await ledger.list(...files.map((file) => ({ ...file, id: file.id.replace('a', 'b') })));

  expect(await ledger.manifest('second')).toBe(0);

  const open = await ledger.sql`
    select 1 from charlie.drive_items where deleted_at is null and settled is null`;
  expect([...open]).toEqual([]);
  expect(await ledger.manifest('third')).toBe(0);
});

test.each<[string, ListedFile, 'replace' | 'skip', (ledger: Ledger) => Promise<unknown>, number]>([
  [
    'the same file is in another folder',
    sameAgain,
    'replace',
    (ledger) => ledger.list({ ...sameAgain, path: 'below/sales a.csv' }),
    1,
  ],
  [
    'what was loaded comes back, to another place',
    sameAgain,
    'replace',
    (ledger) => ledger.list(sameAgain, { ...sales, path: 'back/sales a.csv' }),
    1,
  ],
  [
    'what was loaded counts as replaced',
    sameAgain,
    'replace',
    ({ sql }) => sql`update charlie.ingestion_log set state = 'replaced'`,
    1,
  ],
  [
    'the rows of the same content were taken out by somebody: it stays out',
    sameAgain,
    'replace',
    ({ sql }) => sql`update charlie.ingestion_log set state = 'purged'`,
    0,
  ],
  [
    'the rows of another content were taken out by somebody',
    otherAgain,
    'skip',
    ({ sql }) => sql`update charlie.ingestion_log set state = 'purged'`,
    1,
  ],
  [
    'the rows of its own former version were taken out by somebody',
    changed,
    'skip',
    ({ sql }) => sql`update charlie.ingestion_log set state = 'purged'`,
    1,
  ],
])('what is left out is looked at again when %s', async (_, again, onChanged, happen, due) => {
  await using ledger = await replacedBy(again, onChanged);
  await happen(ledger);
  expect(await ledger.manifest('third', onChanged)).toBe(due);
  if (due === 0) expect(await settled(ledger)).toContain('left_out');
});

test.each([
  ['another file of the same path', otherAgain],
  ['a new version of the same file', changed],
])('%s is left out where changes are skipped, and looked at again once they are not', async (_, again) => {
  await using ledger = await replacedBy(again, 'skip');
  expect(await ledger.manifest('third', 'skip')).toBe(0);
  expect(await ledger.manifest('fourth', 'replace')).toBe(1);
});

test('what stands for a file and is just being changed does not settle it', async () => {
  await using ledger = await Ledger.create();
  await ledger.list(sales);
  await ledger.manifest('first');
  await ledger.ingest('first', [{ id: 1 }]);
  await ledger.list(sameAgain);
  await ledger.sql.begin(async (tx) => {
    await tx`update charlie.ingestion_log set state = 'replaced'`;
    expect(await ledger.manifest('second')).toBe(0);
  });
  expect(await settled(ledger)).toEqual([null, null]);
  expect(await ledger.manifest('third')).toBe(1);
});
