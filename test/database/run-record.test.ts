import { expect, test } from 'vitest';

import { closeRun } from '../../src/database/queries/close-run.ts';
import { openRun } from '../../src/database/queries/open-run.ts';
import { Ledger } from './ledger.ts';

function run(runId: string, minutesAgo: number): Parameters<typeof openRun>[1] {
  const startedAt = new Date(Date.now() - minutesAgo * 60_000).toISOString();
  return { runId, workflowId: runId, job: 'sync', nominalTime: startedAt, startedAt, timeoutSeconds: 600 };
}

async function statuses(ledger: Ledger): Promise<Record<string, string>> {
  const rows = await ledger.sql<
    { run_id: string; status: string }[]
  >`select run_id, status from charlie.run_history`;
  return Object.fromEntries(rows.map(({ run_id, status }) => [run_id, status]));
}

test('a run that Temporal ended by its time limit is recorded as such by the next one, and a live run is left alone', async () => {
  await using ledger = await Ledger.create();
  await openRun(ledger.sql, run('hung', 30));
  await openRun(ledger.sql, run('alive', 5));

  await openRun(ledger.sql, run('next', 0));

  expect(await statuses(ledger)).toEqual({ hung: 'timed_out', alive: 'running', next: 'running' });
});

test('opening a run again changes nothing, and closing it again counts again', async () => {
  await using ledger = await Ledger.create();
  await ledger.list({ id: 'a', path: 'sales.csv', hash: 'v1' });
  await ledger.manifest('run');
  const before = await closeRun(ledger.sql, 'run', 'succeeded', null);
  await ledger.ingest('run', [{ id: 1 }]);
  const after = await closeRun(ledger.sql, 'run', 'succeeded', null);
  await openRun(ledger.sql, run('run', 0));

  expect(before).toMatchObject({ status: 'partial', ingested: 0, failed: 1 });
  expect(after).toMatchObject({ status: 'succeeded', ingested: 1, failed: 0, rowsLoaded: 1 });
  expect(await statuses(ledger)).toEqual({ run: 'succeeded' });
});

test('the database itself refuses an account that does not add up', async () => {
  await using ledger = await Ledger.create();
  await ledger.list({ id: 'a', path: 'sales.csv', hash: 'v1' });
  await ledger.manifest('run');
  await ledger.ingest('run', [{ id: 1 }]);

  const lie = ledger.sql`update charlie.ingestion_log set rows_loaded = rows_loaded - 1`;

  await expect(lie).rejects.toThrow('every_row_accounted_for');
});
