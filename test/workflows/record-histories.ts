import { mkdir, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { WorkflowHandle } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { temporal } from '@temporalio/proto';
import { afterAll, beforeAll, expect, test } from 'vitest';

import type { SyncInput, SyncProgress } from '../../src/domain/sync-run.ts';
import { Pipeline } from '../support/pipeline.ts';
import { manySales, salesCsv, salesToml } from '../support/sales.ts';
import { historiesDir, refusedDir } from './histories.ts';

/*
 * Records the histories that replay.test.ts replays, from runs of the whole product:
 *
 *     RECORD_HISTORIES=1 npx vitest run
 *
 * It is not part of a test run. Record again only when the kept histories are no longer of use: as long as runs of an
 * older version may be under way, their histories have to replay.
 */

type History = temporal.api.history.v1.IHistory;

let pipeline: Pipeline;

beforeAll(async () => {
  await rm(historiesDir, { recursive: true, force: true });
  await mkdir(refusedDir, { recursive: true });
});

beforeAll(async () => {
  pipeline = await Pipeline.start({ toml: salesToml });
});

afterAll(async () => {
  await pipeline[Symbol.asyncDispose]();
});

test('sync: new files, then nothing new', async () => {
  for (let file = 0; file < 6; file++) {
    pipeline.simulator.library.put(`sales ${file}.csv`, salesCsv(manySales(3, 3 * file)));
  }

  await record('sync-new-files', await startSync());
  await record('sync-nothing-new', await startSync());
});

test('sync: a file that fails twice', async () => {
  failDownloads('sales late.csv', 2);

  await record('sync-file-retried', await startSync());
});

test('sync: cancelled while it waits to try a file again', async () => {
  failDownloads('sales never.csv', 1);
  const run = await startSync({ retries: { maxRetries: 3, retryDelaySeconds: 200, listMaxRetries: 0 } });
  await expect.poll(() => phaseOf(run), { timeout: 30_000 }).toBe('waiting');
  await run.cancel();

  await record('sync-cancelled-waiting', run);
});

test('sync: cancelled while a file is ingested', async () => {
  const run = await pipeline.sql.begin(async (tx) => {
    // Whoever loads a file marks an hour as stale: it waits for this lock.
    await tx`lock table charlie.stale_hours in share row exclusive mode`;
    for (let file = 0; file < 6; file++) {
      pipeline.simulator.library.put(`sales slow ${file}.csv`, salesCsv(manySales(3, 3 * file)));
    }
    const started = await startSync();
    await expect.poll(() => downloadsOf(started), { timeout: 30_000 }).toBe(4);
    await started.cancel();
    return started;
  });

  await record('sync-cancelled-ingesting', run);
});

test('sync: the folder cannot be listed', async () => {
  pipeline.simulator.faults.failNext({ match: /children/, times: 1, status: 403 });

  await record('sync-listing-failed', await startSync());
});

test('sync: the listing is tried again', async () => {
  pipeline.simulator.faults.failNext({ match: /children/, times: 1, status: 500 });

  await record(
    'sync-listing-retried',
    await startSync({ retries: { maxRetries: 0, retryDelaySeconds: 1, listMaxRetries: 3 } }),
  );
});

test('sync: local files', async () => {
  const dir = join(pipeline.dir, 'by hand');
  await mkdir(dir);
  await writeFile(join(dir, 'sales by hand.csv'), salesCsv([{ id: 1 }]));

  await record('sync-local-files', await startSync({ source: { kind: 'directory', paths: [dir] } }));
});

test('report: hours that are due, then none', async () => {
  await record('report-published', await startReport(new Date('2026-11-20T12:10:00Z')));
  await record('report-nothing-due', await startReport(new Date('2026-11-22T12:10:00Z')));
});

test('a history of code that checked before it listed', async () => {
  const run = await startSync();
  await run.result();
  const history = await run.fetchHistory();
  const scheduled = (history.events ?? []).map(
    (event) => event.activityTaskScheduledEventAttributes?.activityType,
  );
  const [first, second] = scheduled.filter((type) => type != null);
  [first!.name, second!.name] = [second!.name ?? null, first!.name ?? null];

  await write(join(refusedDir, 'sync-other-order.json'), history);
});

function startSync(input: Partial<SyncInput> = {}): Promise<WorkflowHandle> {
  return pipeline.startSync(input);
}

function startReport(nominalTime: Date): Promise<WorkflowHandle> {
  return pipeline.client.workflow.start('BuildReportWorkflow', {
    workflowId: `hourly-report-${nominalTime.toISOString()}`,
    taskQueue: pipeline.settings.temporal.taskQueue,
    args: [{ job: 'hourly-report' }],
    typedSearchAttributes: [
      { key: defineSearchAttributeKey('TemporalScheduledStartTime', 'DATETIME'), value: nominalTime },
    ],
  });
}

function failDownloads(path: string, times: number): void {
  const { library, faults } = pipeline.simulator;
  const { id } = library.put(path, salesCsv(manySales(2)));
  faults.failNext({ match: new RegExp(`items/${id}/content`), times, status: 500 });
}

async function phaseOf(run: WorkflowHandle): Promise<string> {
  return (await run.query<SyncProgress>('progress')).phase;
}

async function downloadsOf(run: WorkflowHandle): Promise<number> {
  return (await run.query<SyncProgress>('progress')).downloaded;
}

/** Waits for the run's end, which may be a failure. */
async function record(name: string, run: WorkflowHandle): Promise<void> {
  await run.result().catch(() => undefined);
  await write(join(historiesDir, `${name}.json`), await run.fetchHistory());
}

async function write(path: string, history: History): Promise<void> {
  anonymize(history);
  await writeFile(path, `${JSON.stringify(JSON.parse(historyToJSON(history)), null, 1)}\n`);
}

/** Takes out what tells of the machine: processes, hosts, ports, folders. */
function anonymize(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  const holder = value as Record<string, unknown>;
  for (const [key, field] of Object.entries(holder)) {
    if (typeof field === 'string') holder[key] = anonymous(field);
    else if (field instanceof Uint8Array)
      holder[key] = Buffer.from(anonymous(Buffer.from(field).toString('utf8')));
    else anonymize(field);
  }
}

function anonymous(text: string): string {
  const { port } = new URL(pipeline.simulator.url);
  return text
    .replaceAll(`${process.pid}@${hostname()}`, 'recorder')
    .replaceAll(pipeline.dir, '/srv/charlie')
    .replaceAll(fileURLToPath(new URL('../../', import.meta.url)), '/opt/charlie/')
    .replaceAll(`localhost:${port}`, 'localhost:8443')
    .replaceAll(pipeline.settings.temporal.taskQueue, 'charlie');
}
