import { expect, test } from 'vitest';
import { holdRunOpen } from '../../src/database/queries/hold-run-open.ts';
import { withoutDownloaded } from '../../src/database/queries/known-local-files.ts';
import { closeLostRun } from '../../src/database/queries/lost-runs.ts';
import { planRetries } from '../../src/database/queries/plan-retries.ts';
import { quarantineFile } from '../../src/database/queries/quarantine-file.ts';
import {
  announceDownload,
  recordDownload,
  recordFailure,
} from '../../src/database/queries/record-attempt.ts';
import { writeManifest } from '../../src/database/queries/write-manifest.ts';
import { manySales } from '../support/sales.ts';
import { gate } from './gate.ts';
import { Ledger } from './ledger.ts';
import { owner } from './owner.ts';

/* Attempts that were stopped and wake when their successors have done the work. */

const first = { runId: 'run', position: 0 };
const downloaded = { localPath: '/in/sales.csv', localStamp: '1:1:1', sha256: 'a' };
const notCsv = { reason: 'not_csv', detail: 'It is none.', summary: 'None.', sha256: 'a', place: '/aside' };
const ioError = { error: 'Error: EIO', mayRetry: true };

async function listed(): Promise<Ledger> {
  const ledger = await Ledger.create();
  await ledger.list({ id: 'a', path: 'sales.csv', hash: 'v1' });
  await ledger.manifest('run');
  return ledger;
}

test('one that was stopped in mid-load and holds the ledger row does not hold up its successor, and nothing of it remains', async () => {
  await using ledger = await listed();
  const stop = { claimed: gate(), goOn: gate() };
  const zombie = ledger.ingest('run', manySales(3, 100), stop, owner({ attempt: 1 }));
  zombie.catch(() => undefined);
  await stop.claimed.passed;
  const successor = owner({ attempt: 2 });

  const result = await ledger.ingest('run', manySales(3), undefined, successor);

  expect(result).toMatchObject({ outcome: 'ingested', account: { loaded: 3 } });
  await expect
    .poll(() => successor.terminated)
    .toMatchObject([{ name: 'charlie run 1 1', why: 'superseded' }]);
  stop.goOn.open();
  await expect(zombie).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
  expect(await ledger.ids()).toEqual([1, 2, 3]);
  expect(await ledger.file('run')).toMatchObject({ state: 'ingested' });
});

test('one that only now begins to load finds the work done, also what was refused', async () => {
  await using ledger = await listed();
  const { fileId } = await ledger.file('run');
  const zombie = owner();
  const refusal = { ...notCsv, copy: async () => undefined };
  expect(await quarantineFile(ledger.sql, owner(), { ...first, fileId }, refusal)).toBe(true);

  expect(await ledger.ingest('run', manySales(3), undefined, zombie)).toMatchObject({ outcome: 'already' });

  expect(await ledger.file('run')).toMatchObject({ state: 'quarantined', localPath: '/aside' });
  expect(await ledger.ids()).toEqual([]);
});

test('one that wants to quarantine a file that was loaded moves nothing', async () => {
  await using ledger = await listed();
  const { fileId } = await ledger.file('run');
  const zombie = owner();
  await ledger.ingest('run', manySales(3));
  let moved = false;
  const copy = async () => {
    moved = true;
  };
  const refusal = { ...notCsv, copy };

  expect(await quarantineFile(ledger.sql, zombie, { ...first, fileId }, refusal)).toBe(false);

  expect(moved).toBe(false);
  expect(await ledger.states()).toEqual(['ingested']);
  expect(await ledger.file('run')).toMatchObject({ state: 'ingested' });
});

test('a file that another run has refused meanwhile is no failure of this one', async () => {
  await using ledger = await listed();
  await ledger.manifest('other');
  const { fileId } = await ledger.file('run');
  const refuse = (runId: string) =>
    quarantineFile(
      ledger.sql,
      owner({ runId }),
      { runId, position: 0, fileId },
      { ...notCsv, copy: async () => undefined },
    );

  expect(await refuse('other')).toBe(true);
  expect(await refuse('run')).toBe(false);

  expect(await ledger.file('run')).toMatchObject({ state: 'already' });
  expect(await ledger.file('other')).toMatchObject({ state: 'quarantined' });
});

test('a quarantine whose copy fails is not recorded', async () => {
  await using ledger = await listed();
  const { fileId } = await ledger.file('run');
  const copy = () => Promise.reject(new Error('disk full'));
  const refusal = { ...notCsv, copy };

  await expect(quarantineFile(ledger.sql, owner(), { ...first, fileId }, refusal)).rejects.toThrow(
    'disk full',
  );

  expect(await ledger.states()).toEqual(['pending']);
});

test('one that has fetched a file does not put it in the place of a later one, and does not charge it', async () => {
  await using ledger = await listed();
  const [zombie, successor] = [owner(), owner()];
  const early = { ...downloaded, localStamp: 'early' };
  expect(await announceDownload(ledger.sql, zombie, first, early)).toBe(true);
  expect(await announceDownload(ledger.sql, successor, first, downloaded)).toBe(true);
  await recordDownload(ledger.sql, successor, first, downloaded);

  expect(await announceDownload(ledger.sql, zombie, first, early)).toBe(false);
  await recordDownload(ledger.sql, zombie, first, { ...downloaded, localStamp: 'late' });
  await recordFailure(ledger.sql, zombie, first, ioError);

  expect(await ledger.file('run')).toMatchObject({ state: 'downloaded', localStamp: '1:1:1', attempts: 0 });
});

test('one that finds a file gone which another run has loaded and taken away does not charge it', async () => {
  await using ledger = await listed();
  await ledger.manifest('other');
  await ledger.ingest('other', manySales(3));

  expect(await recordFailure(ledger.sql, owner(), first, ioError)).toBe(false);

  expect(await ledger.file('run')).toMatchObject({ state: 'already', attempts: 0 });
});

test('only failures of the file itself are charged', async () => {
  await using ledger = await listed();
  await recordFailure(ledger.sql, owner(), first, ioError);
  await recordDownload(ledger.sql, owner(), first, downloaded);
  await recordFailure(ledger.sql, owner(), first, ioError);
  expect(await ledger.file('run')).toMatchObject({ state: 'failed', attempts: 2 });
  const rules = { runId: 'run', chunkStarts: () => [0] };

  expect(await planRetries(ledger.sql, owner({ activityId: '5' }), { ...rules, maxAttempts: 2 })).toBe(1);
  expect(await ledger.file('run')).toMatchObject({ position: 0 });
  expect(await planRetries(ledger.sql, owner({ activityId: '9' }), { ...rules, maxAttempts: 3 })).toBe(1);
  expect(await ledger.file('run')).toBeUndefined();
});

test('a file that was put into its place by a worker that was lost then is not taken for one that somebody dropped there', async () => {
  await using ledger = await listed();
  await announceDownload(ledger.sql, owner(), first, downloaded);
  const found = [
    { path: downloaded.localPath, stamp: downloaded.localStamp },
    { path: downloaded.localPath, stamp: 'of another file' },
  ];

  expect(await withoutDownloaded(ledger.sql, found)).toEqual(found.slice(1));
});

test('nor is one that a worker of the version before has fetched, which left it in its manifest alone', async () => {
  await using ledger = await listed();
  await recordDownload(ledger.sql, owner(), first, downloaded);
  const found = [
    { path: downloaded.localPath, stamp: downloaded.localStamp },
    { path: downloaded.localPath, stamp: 'of another file' },
    { path: 'elsewhere', stamp: downloaded.localStamp },
  ];
  expect(await withoutDownloaded(ledger.sql, found)).toEqual(found.slice(1));

  await ledger.sql`update charlie.sources set kind = 'directory'`;
  expect(await withoutDownloaded(ledger.sql, found)).toEqual(found);
});

test('a file that was fetched and not loaded is planned again', async () => {
  await using ledger = await listed();
  await recordDownload(ledger.sql, owner(), first, downloaded);
  const rules = { runId: 'run', maxAttempts: 1, chunkStarts: () => [0] };

  await planRetries(ledger.sql, owner({ activityId: '5' }), rules);

  expect(await ledger.sql`select chunk from charlie.run_files`).toEqual([{ chunk: 1 }]);
});

test('one that plans retries does not take files from the chunks by which its successor has them worked at', async () => {
  await using ledger = await listed();
  await recordFailure(ledger.sql, owner(), first, ioError);
  const rules = { runId: 'run', maxAttempts: 4, chunkStarts: () => [0] };
  const [zombie, successor] = [
    owner({ activityId: '5', attempt: 1 }),
    owner({ activityId: '5', attempt: 2 }),
  ];
  await planRetries(ledger.sql, successor, rules);

  await planRetries(ledger.sql, zombie, rules);

  expect(await ledger.sql`select chunk from charlie.run_files`).toEqual([{ chunk: 1 }]);
});

test('one that lists takes nothing back that a later listing has shown', async () => {
  await using ledger = await Ledger.create();
  const [old, kept] = [
    { id: 'a', path: 'sales a.csv', hash: 'v1' },
    { id: 'b', path: 'sales b.csv', hash: 'v1' },
  ];
  await ledger.list(old, kept);
  await ledger.list(old);
  const zombie = await ledger.beginListing();
  await ledger.list({ ...old, hash: 'v2' }, kept);

  await ledger.finishListing(zombie, old);

  const items = await ledger.sql`
    select item_id, content_hash, deleted_at from charlie.drive_items order by item_id`;
  expect(items).toEqual([
    { item_id: 'a', content_hash: 'v2', deleted_at: null },
    { item_id: 'b', content_hash: 'v1', deleted_at: null },
  ]);
});

test('one that writes the manifest does not change the counts of a run that has gone on', async () => {
  await using ledger = await listed();
  const zombie = owner();
  await ledger.sql`update charlie.run_history set attempt_at = ${owner().scheduledAt}`;
  const none = { paths: null, from: null, to: null, retryOlder: true, datasets: [], patterns: [] };
  const rules = { ...none, sourceId: 4711, onChanged: 'replace', again: false } as const;

  await writeManifest(ledger.sql, zombie, { runId: 'run', rules, chunkStarts: () => [0], dryRun: false });

  expect(await ledger.sql`select listed from charlie.run_history`).toEqual([{ listed: 1 }]);
});

test('a load that is cancelled ends at once, also in mid-COPY, and leaves neither rows nor a mark', async () => {
  await using ledger = await listed();
  const cancellation = new AbortController();
  const stop = { claimed: gate(), goOn: gate() };
  const load = ledger.ingest('run', manySales(3), stop, owner({ signal: cancellation.signal }));
  await stop.claimed.passed;

  cancellation.abort(new Error('cancelled'));

  await expect(load).rejects.toThrow();
  expect(await ledger.sql`select opened_by, takedowns from charlie.open_files`).toEqual([
    { opened_by: null, takedowns: 0 },
  ]);
  stop.goOn.open();
  expect(await ledger.ingest('run', manySales(3))).toMatchObject({ outcome: 'ingested' });
});

const terminated = { status: 'terminated', error: 'Terminated by me: tired.' } as const;

test('one that was stopped in mid-load before its run was ended loads nothing when it wakes, nor says that it had', async () => {
  await using ledger = await listed();
  const zombie = owner();
  const stop = { claimed: gate(), goOn: gate() };
  const load = ledger.ingest('run', manySales(3), stop, zombie);
  await stop.claimed.passed;
  await closeLostRun(ledger.sql, owner(), 'run', { ...terminated, endedAt: owner().scheduledAt });

  stop.goOn.open();

  await expect(load).rejects.toMatchObject({ name: 'RunClosed', runId: 'run' });
  await recordDownload(ledger.sql, zombie, first, downloaded);
  await recordFailure(ledger.sql, zombie, first, ioError);
  const { fileId } = await ledger.file('run');
  const quarantining = quarantineFile(
    ledger.sql,
    zombie,
    { ...first, fileId },
    { ...notCsv, copy: async () => undefined },
  );
  await expect(quarantining).rejects.toMatchObject({ name: 'RunClosed' });
  expect(await ledger.ids()).toEqual([]);
  expect(await ledger.states()).toEqual(['pending']);
  expect(await ledger.file('run')).toMatchObject({ state: 'waiting', attempts: 0 });
});

test('one whose run was ended before it is cancelled leaves no lock behind, not even one that it waits for itself', async () => {
  await using ledger = await listed();
  const cancellation = new AbortController();
  const zombie = owner({ signal: cancellation.signal });
  await closeLostRun(ledger.sql, owner(), 'run', { ...terminated, endedAt: owner().scheduledAt });

  const load = ledger.ingest('run', manySales(3), undefined, zombie);
  await ledger.untilBlocked(load.catch(() => undefined));
  cancellation.abort(new Error('cancelled'));

  await expect(load).rejects.toMatchObject({ name: 'RunClosed' });
  expect(await ledger.sql`select from charlie.ingestion_log for update nowait`).toHaveLength(1);
  expect(await ledger.sql`select opened_by, takedowns from charlie.open_files for update nowait`).toEqual([
    { opened_by: null, takedowns: 0 },
  ]);
});

test('the record of a run that was ended counts the file that is just being committed', async () => {
  await using ledger = await listed();
  const committing = gate();
  const load = ledger.sql.begin(async (tx) => {
    await holdRunOpen(tx, owner(), 'run');
    await tx`update charlie.run_files set state = 'ingested'`;
    await committing.passed;
  });
  await expect.poll(() => isHeld(ledger)).toBe(true);
  const closing = closeLostRun(ledger.sql, owner(), 'run', { ...terminated, endedAt: new Date() });
  await ledger.untilBlocked(closing);
  committing.open();
  await load;

  expect(await closing).toBe(true);

  expect(await ledger.sql`select status, ingested, failed from charlie.run_history`).toEqual([
    { status: 'terminated', ingested: 1, failed: 0 },
  ]);
});

/** Whether somebody holds the run's record open. */
async function isHeld(ledger: Ledger): Promise<boolean> {
  const free = await ledger.sql`select from charlie.run_history for update skip locked`;
  return free.length === 0;
}
