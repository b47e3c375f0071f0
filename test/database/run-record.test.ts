import { expect, test } from 'vitest';

import { closeRun } from '../../src/database/queries/close-run.ts';
import { closeLostRun, readOpenRuns } from '../../src/database/queries/lost-runs.ts';
import { openRun } from '../../src/database/queries/open-run.ts';
import { readCoveredTo } from '../../src/database/queries/read-covered-to.ts';
import { repeatRequest, requestConfig } from '../../src/database/queries/run-requests.ts';
import { plainConfig } from '../../src/domain/job.ts';
import { Ledger } from './ledger.ts';
import { owner } from './owner.ts';

const succeeded = { status: 'succeeded', error: null } as const;
const failed = { status: 'failed', error: 'DatabaseUnavailable: gone' } as const;

function run(runId: string, minutesAgo: number): Parameters<typeof openRun>[1] {
  const startedAt = new Date(Date.now() - minutesAgo * 60_000).toISOString();
  return { runId, workflowId: runId, job: 'sync', nominalTime: startedAt, startedAt, timeoutSeconds: 600 };
}

async function record(ledger: Ledger, runId: string): Promise<Record<string, unknown> | undefined> {
  const [row] = await ledger.sql`select * from charlie.run_history where run_id = ${runId}`;
  return row;
}

test('opening a run again changes nothing, and closing it again counts again', async () => {
  await using ledger = await Ledger.create();
  await ledger.list({ id: 'a', path: 'sales.csv', hash: 'v1' });
  await ledger.manifest('run');
  const before = await closeRun(ledger.sql, owner(), run('run', 0), succeeded);
  await ledger.ingest('run', [{ id: 1 }]);
  const after = await closeRun(ledger.sql, owner(), run('run', 0), succeeded);
  await openRun(ledger.sql, run('run', 0));

  expect(before).toMatchObject({ status: 'partial', ingested: 0, failed: 1 });
  expect(after).toMatchObject({ status: 'succeeded', ingested: 1, failed: 0, rowsLoaded: 1 });
  expect(await record(ledger, 'run')).toMatchObject({ status: 'succeeded' });
});

test('a run that failed before it had a record gets one, and one whose record is gone has not succeeded', async () => {
  await using ledger = await Ledger.create();
  const config = { ...plainConfig, incrementalMode: 'full' } as const;

  const lost = { ...run('failed', 3), config };
  expect(await closeRun(ledger.sql, owner(), lost, failed)).toMatchObject({ status: 'failed' });
  expect(await closeRun(ledger.sql, owner(), run('gone', 3), succeeded)).toBeUndefined();

  expect(await record(ledger, 'failed')).toMatchObject({ ...failed, job: 'sync', ingested: 0, config });
  expect(await record(ledger, 'gone')).toBeUndefined();
});

test('an attempt that wakes after the run was recorded as something else does not change that', async () => {
  await using ledger = await Ledger.create();
  await openRun(ledger.sql, run('run', 5));
  const zombie = owner();
  await closeRun(ledger.sql, owner(), run('run', 5), { status: 'cancelled', error: 'Cancelled' });
  const before = await record(ledger, 'run');

  expect(await closeRun(ledger.sql, zombie, run('run', 5), succeeded)).toMatchObject({ status: 'cancelled' });

  expect(await record(ledger, 'run')).toEqual(before);
});

test('only other runs that are open are lost runs, and a record that was closed meanwhile is left alone', async () => {
  await using ledger = await Ledger.create();
  await openRun(ledger.sql, run('overdue', 30));
  await openRun(ledger.sql, run('recent', 5));
  await openRun(ledger.sql, run('closed', 4));
  await openRun(ledger.sql, run('own', 0));
  await closeRun(ledger.sql, owner(), run('closed', 4), succeeded);

  expect(await readOpenRuns(ledger.sql, 'own', 10)).toMatchObject([
    { runId: 'overdue', isOverdue: true },
    { runId: 'recent', isOverdue: false },
  ]);
  const ending = { status: 'terminated', error: 'Terminated by me: why not.', endedAt: new Date() } as const;
  expect(await closeLostRun(ledger.sql, owner(), 'closed', ending)).toBe(false);
  expect(await record(ledger, 'closed')).toMatchObject({ status: 'succeeded' });
});

test('the record of a lost run says why it ended, when, and which files were not finished', async () => {
  await using ledger = await Ledger.create();
  const files = Array.from({ length: 8 }, (_, n) => ({ id: `${n}`, path: `sales ${n}.csv`, hash: 'v1' }));
  await ledger.list(...files);
  await ledger.manifest('lost');
  await ledger.ingest('lost', [{ id: 1 }, { id: 2 }]);
  const endedAt = new Date('2126-11-20T10:00:00Z');

  await closeLostRun(ledger.sql, owner(), 'lost', {
    status: 'terminated',
    error: 'Terminated by me: tired.',
    endedAt,
  });

  expect(await record(ledger, 'lost')).toMatchObject({
    status: 'terminated',
    error:
      'Terminated by me: tired. 7 of 8 files were not finished: sales 1.csv, sales 2.csv, sales 3.csv, sales 4.csv, ' +
      'sales 5.csv and 2 more. The next run takes them.',
    end_ts: endedAt,
    ingested: 1,
    failed: 7,
    rows_loaded: 2,
  });
});

test('the database itself refuses an account that does not add up', async () => {
  await using ledger = await Ledger.create();
  await ledger.list({ id: 'a', path: 'sales.csv', hash: 'v1' });
  await ledger.manifest('run');
  await ledger.ingest('run', [{ id: 1 }]);

  const lie = ledger.sql`update charlie.ingestion_log set rows_loaded = rows_loaded - 1`;

  await expect(lie).rejects.toThrow('every_row_accounted_for');
});

test('how far a job has looked is told by its runs in time: a backfill may have left a gap before its slot', async () => {
  await using ledger = await Ledger.create();
  for (const [hour, startedAt] of [
    ['08', '2026-11-22T08:00:03Z'],
    ['11', '2026-11-22T12:30:00Z'],
  ] as const) {
    const nominalTime = `2026-11-22T${hour}:00:00Z`;
    await openRun(ledger.sql, { ...run(hour, 0), nominalTime, startedAt });
    await closeRun(ledger.sql, owner(), { ...run(hour, 0), nominalTime, startedAt }, succeeded);
    await ledger.sql`update charlie.run_history set window_to = nominal_time + interval '1 second' where run_id = ${hour}`;
  }

  const next = { job: 'sync', nominalTime: '2026-11-22T12:00:00Z', catchupMinutes: 60 };
  expect(await readCoveredTo(ledger.sql, next)).toBe('2026-11-22T08:00:01.000Z');
  expect(await readCoveredTo(ledger.sql, { ...next, catchupMinutes: 90 })).toBe('2026-11-22T11:00:01.000Z');
  expect(await readCoveredTo(ledger.sql, { ...next, job: 'another' })).toBeNull();
});

test('what was asked of a run that never came for it is asked of its repetition', async () => {
  await using ledger = await Ledger.create();
  await requestConfig(ledger.sql, 'sync-1', { dryRun: true });

  await repeatRequest(ledger.sql, { from: 'sync-1', to: 'sync-retry-1' });
  await repeatRequest(ledger.sql, { from: 'nobody', to: 'sync-retry-2' });

  const opened = (workflowId: string) => openRun(ledger.sql, { ...run(workflowId, 0), workflowId });
  expect(await opened('sync-retry-1')).toMatchObject({ dryRun: true });
  expect(await opened('sync-retry-2')).toBeNull();
});
