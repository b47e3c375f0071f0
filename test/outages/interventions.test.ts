import { readdir } from 'node:fs/promises';

import type { WorkflowFailedError, WorkflowHandle } from '@temporalio/client';
import { CancelledFailure, TerminatedFailure } from '@temporalio/common';
import { expect, test, vi } from 'vitest';

import type { SyncResult } from '../../src/domain/sync-run.ts';
import type { ReportResult } from '../../workflows/build-report.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { temporal } from '../support/temporal-cli.ts';
import { assertIntact, assertLoaded } from '../survival/assert-intact.ts';
import { assertNothingHalfDone, assertNothingLeft } from '../survival/assert-nothing-left.ts';
import { generateSales, hours } from '../survival/generated-files.ts';
import { resultOf, startPipeline, startReports } from '../survival/survival-pipeline.ts';
import { truthOf } from '../survival/truth.ts';
import { until } from '../survival/waiting.ts';
import { Hold, places } from './hold.ts';

const files = Array.from({ length: 6 }, (_, number) =>
  generateSales(`sales ${number}.csv`, { rows: 60, firstId: number * 1000 + 1 }),
);
const truth = truthOf(files);

interface HeldRun {
  readonly run: WorkflowHandle;
  readonly letGo: () => Promise<void>;
}

/** A run that is in the middle of what is named, and stays there. */
const inMid = {
  listing: (pipeline: Pipeline) => stalled(pipeline, 'delta', 1),
  downloading: (pipeline: Pipeline) => stalled(pipeline, 'download.aspx', 4),
  copying: async (pipeline: Pipeline): Promise<HeldRun> => {
    const hold = await Hold.at(urlOf(pipeline), places.copying);
    const run = await pipeline.startSync();
    await hold.reached(4);
    return { run, letGo: () => hold.release() };
  },
};

async function stalled(pipeline: Pipeline, url: string, requests: number): Promise<HeldRun> {
  const { simulator } = pipeline;
  simulator.faults.failNext({ match: new RegExp(url), times: requests, stall: 100 });
  const run = await pipeline.startSync();
  await until(`${requests} requests for ${url} are answered in part`, () => {
    const begun = simulator.requests.filter((request) => request.url.includes(url) && request.status === 200);
    return begun.length === requests;
  });
  return { run, letGo: () => Promise.resolve() };
}

function urlOf({ settings }: Pipeline): string {
  return settings.database.url?.reveal() ?? '';
}

async function start(): Promise<Pipeline> {
  const pipeline = await startPipeline(files);
  await pipeline.startWorker();
  return pipeline;
}

async function statesOf({ sql }: Pipeline): Promise<string[]> {
  const rows = await sql<{ state: string }[]>`select distinct state from charlie.ingestion_log`;
  return rows.map(({ state }) => state);
}

async function statusesOf({ sql }: Pipeline): Promise<string[]> {
  const rows = await sql<{ status: string }[]>`select status from charlie.run_history order by start_ts`;
  return rows.map(({ status }) => status);
}

test.concurrent.each([
  ['listing', 'cancel', CancelledFailure, 'cancelled'],
  ['downloading', 'cancel', CancelledFailure, 'cancelled'],
  ['copying', 'cancel', CancelledFailure, 'cancelled'],
  ['listing', 'terminate', TerminatedFailure, 'terminated'],
  ['downloading', 'terminate', TerminatedFailure, 'terminated'],
  ['copying', 'terminate', TerminatedFailure, 'terminated'],
] as const)(
  'in mid-%s: `temporal workflow %s` leaves nothing half-made, and the next run loads everything',
  async (phase, command, failure, status) => {
    await using pipeline = await start();
    const { run, letGo } = await inMid[phase](pipeline);

    await temporal(pipeline, 'workflow', command, '--workflow-id', run.workflowId);

    const end: unknown = await run.result().catch((error: unknown) => error);
    expect((end as WorkflowFailedError).cause).toBeInstanceOf(failure);
    await assertNothingHalfDone(pipeline, truth);
    expect(await statesOf(pipeline)).toEqual(phase === 'listing' ? [] : ['pending']);
    // Of a run that was terminated its worker learns with its next heartbeat.
    await vi.waitFor(() => assertNothingLeft(pipeline, truth), { timeout: 100_000, interval: 100 });

    await letGo();
    expect(await resultOf<SyncResult>(await pipeline.startSync())).toMatchObject({ status: 'succeeded' });
    expect(await statusesOf(pipeline)).toEqual([status, 'succeeded']);
    await assertLoaded(pipeline, truth);
  },
);

test.concurrent('in mid-reporting: `temporal workflow terminate` leaves nothing half-made, and the next run publishes every hour', async () => {
  await using pipeline = await start();
  await resultOf(await pipeline.startSync());
  await using hold = await Hold.at(urlOf(pipeline), places.reporting);
  const run = await startReports(pipeline);
  await hold.reached();

  await temporal(pipeline, 'workflow', 'terminate', '--workflow-id', run.workflowId);
  await hold.release();

  const next = await resultOf<ReportResult>(await startReports(pipeline));
  expect(next.published).toBeGreaterThan(0);
  expect(await readdir(pipeline.settings.reports.dir)).toHaveLength(hours);
  await assertIntact(pipeline, truth);
});

const beforeReset: Record<string, (pipeline: Pipeline) => Promise<HeldRun>> = {
  'that is done': async (pipeline) => {
    const run = await pipeline.startSync();
    await resultOf(run);
    return { run, letGo: () => Promise.resolve() };
  },
  'that failed': async (pipeline) => {
    pipeline.simulator.faults.failNext({ match: /delta/, status: 403 });
    const run = await pipeline.startSync();
    await expect(resultOf(run)).rejects.toMatchObject({ cause: { cause: { type: 'AccessDenied' } } });
    return { run, letGo: () => Promise.resolve() };
  },
  'in mid-copying': inMid.copying,
};

test.concurrent.each(Object.entries(beforeReset))(
  '`temporal workflow reset` of a run %s: it goes on with its record, and loads everything once',
  async (_, begin) => {
    await using pipeline = await start();
    const { run, letGo } = await begin(pipeline);

    const which = ['--workflow-id', run.workflowId, '--type', 'FirstWorkflowTask'];
    await temporal(pipeline, 'workflow', 'reset', ...which, '--reason', 'to see what happens');
    await letGo();

    const again = pipeline.client.workflow.getHandle(run.workflowId);
    expect(await resultOf<SyncResult>(again)).toMatchObject({ status: 'succeeded' });

    await assertIntact(pipeline, truth);
  },
);
