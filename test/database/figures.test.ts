import { randomBytes } from 'node:crypto';

import { expect, test } from 'vitest';

import type { Sql, Transaction } from '../../src/database/connection.ts';
import {
  aggregateStaleHours,
  markWindowStale,
  refreshDefinition,
} from '../../src/database/queries/aggregate-hours.ts';
import { findDueHours } from '../../src/database/queries/find-due-reports.ts';
import { readHourlyReport } from '../../src/database/queries/read-hourly-report.ts';
import { readNewerPublication, recordReport, startReport } from '../../src/database/queries/record-report.ts';
import { dataWindow } from '../../src/domain/data-window.ts';
import type { Sale } from '../support/sales.ts';
import { gate } from './gate.ts';
import { Ledger } from './ledger.ts';
import { owner } from './owner.ts';

const ten = '2026-11-20T10:00:00.000Z';
const eleven = '2026-11-20T11:00:00.000Z';

async function aggregate(ledger: Ledger, sql: Sql = ledger.sql): Promise<{ hours: number; rows: number }> {
  await refreshDefinition(ledger.sql, owner(), ledger.dataset, 'UTC');
  return aggregateStaleHours(sql, owner(), ledger.dataset, {
    zone: 'UTC',
    runId: null,
    onProgress: () => undefined,
  });
}

async function load(ledger: Ledger, run: string, hash: string, sales: readonly Sale[]): Promise<void> {
  await ledger.list({ id: 'a', path: 'sales.csv', hash });
  await ledger.manifest(run);
  await ledger.ingest(run, sales);
}

async function publish(ledger: Ledger, periodStart: string): Promise<number> {
  const generatedAt = await startReport(ledger.sql, owner(), {
    periodStart,
    name: 'report.xlsx',
    datasets: [ledger.dataset.name],
  });
  const scope = {
    periodStart,
    zone: 'UTC',
    generatedAt: generatedAt.toISOString(),
    datasets: [ledger.dataset],
  };
  const report = await readHourlyReport(ledger.sql, owner(), scope);
  await recordReport(ledger.sql, periodStart, generatedAt, { path: 'report.xlsx', sha256: 'none', bytes: 1 });
  return report.datasets[0]!.rows;
}

async function due(ledger: Ledger): Promise<string[]> {
  const rules = {
    nominalTime: '2026-11-20T12:10:00Z',
    datasets: [ledger.dataset.name],
    newestHours: 24,
    atMost: 100,
  };
  return (await findDueHours(ledger.sql, rules)).map((hour) => hour.toISOString());
}

test('a long text in a group_by column does not stop the figures', async () => {
  await using ledger = await Ledger.create();
  await load(ledger, '1', 'v1', [{ id: 1 }, { id: 2, shop: randomBytes(6000).toString('base64') }]);

  expect(await aggregate(ledger)).toEqual({ hours: 1, rows: 2 });
});

test('an hour whose workbook was begun anew and not published stays due', async () => {
  await using ledger = await Ledger.create();
  await load(ledger, '1', 'v1', [{ id: 1 }]);
  await aggregate(ledger);
  await publish(ledger, ten);
  await load(ledger, '2', 'v2', [{ id: 1 }, { id: 2 }]);
  await aggregate(ledger);

  await startReport(ledger.sql, owner(), { periodStart: ten, name: 'report.xlsx', datasets: ['sales'] });
  expect(await due(ledger)).toEqual([ten]);

  expect(await publish(ledger, ten)).toBe(2);
  expect(await due(ledger)).toEqual([]);
});

test('an hour that has been published is not due, and is again when its figures change', async () => {
  await using ledger = await Ledger.create();
  await load(ledger, '1', 'v1', [{ id: 1 }]);
  await aggregate(ledger);
  expect(await due(ledger)).toEqual([ten]);
  expect(await publish(ledger, ten)).toBe(1);
  expect(await due(ledger)).toEqual([]);

  await load(ledger, '2', 'v2', [{ id: 1 }, { id: 2 }]);
  await aggregate(ledger);

  expect(await due(ledger)).toEqual([ten]);
  expect(await publish(ledger, ten)).toBe(2);
  expect(await due(ledger)).toEqual([]);
});

test('a workbook that shows an hour beside the one before is due when the one before changes', async () => {
  await using ledger = await Ledger.create();
  await load(ledger, '1', 'v1', [{ id: 1 }, { id: 2, soldAt: '2026-11-20T11:15:00Z' }]);
  await aggregate(ledger);
  await publish(ledger, ten);
  await publish(ledger, eleven);
  const late = { id: 'b', path: 'sales late.csv', hash: 'v1' };
  await ledger.list({ id: 'a', path: 'sales.csv', hash: 'v1' }, late);
  await ledger.manifest('2');
  await ledger.ingest('2', [{ id: 3 }]);
  await aggregate(ledger);

  expect(await due(ledger)).toEqual([eleven, ten]);
});

test('a report that is built while an aggregator is about to commit waits for its figures', async () => {
  await using ledger = await Ledger.create();
  await load(ledger, '1', 'v1', [{ id: 1 }]);
  await aggregate(ledger);
  await load(ledger, '2', 'v2', [{ id: 1 }, { id: 2 }]);
  const [computed, goOn] = [gate(), gate()];
  const slow = {
    observer: ledger.sql.observer,
    begin: (_: string, work: (tx: Transaction) => Promise<{ hours: number }>) =>
      ledger.sql.begin(async (tx) => {
        const done = await work(tx);
        computed.open();
        await goOn.passed;
        return done;
      }),
  } as unknown as Sql;
  const aggregation = aggregate(ledger, slow);
  await computed.passed;

  const report = publish(ledger, ten);
  await ledger.untilBlocked(report);
  goOn.open();

  expect(await report).toBe(2);
  await aggregation;
});

test('an attempt that publishes an older workbook after a newer one makes the report due again', async () => {
  await using ledger = await Ledger.create();
  await load(ledger, '1', 'v1', [{ id: 1 }]);
  await aggregate(ledger);
  const older = await startReport(ledger.sql, owner(), {
    periodStart: ten,
    name: 'report.xlsx',
    datasets: [ledger.dataset.name],
  });
  expect(await readNewerPublication(ledger.sql, ten, older)).toBeNull();
  await load(ledger, '2', 'v2', [{ id: 1 }, { id: 2 }]);
  await aggregate(ledger);
  expect(await publish(ledger, ten)).toBe(2);
  expect(await due(ledger)).toEqual([]);

  expect(await readNewerPublication(ledger.sql, ten, older)).toMatchObject({ path: 'report.xlsx' });
  await recordReport(ledger.sql, ten, older, { path: 'report.xlsx', sha256: 'old', bytes: 1 });

  expect(await due(ledger)).toEqual([ten]);
  expect(await publish(ledger, ten)).toBe(2);
  expect(await due(ledger)).toEqual([]);
});

test('a backfill computes the hours of its slot again, and no other', async () => {
  await using ledger = await Ledger.create();
  const hours = ['13:59:59', '14:00:00', '14:59:59', '15:00:00'];
  await load(
    ledger,
    '1',
    'v1',
    hours.map((time, id) => ({ id, soldAt: `2026-11-20T${time}Z` })),
  );
  await aggregate(ledger);
  const rules = { lookback: 'all', since: null, catchupMinutes: 60 } as const;
  const slot = {
    nominal: '2026-11-20T15:00:00Z',
    isDue: true,
    previous: '2026-11-20T14:00:00Z',
    coveredTo: null,
  };

  await markWindowStale(ledger.sql, dataWindow(rules, { ...slot, startedAt: '2026-11-22T00:00:00Z' }));

  const stale = await ledger.sql<{ hour: Date }[]>`select hour from charlie.stale_hours`;
  expect(stale.map(({ hour }) => hour.toISOString())).toEqual(['2026-11-20T14:00:00.000Z']);
});
