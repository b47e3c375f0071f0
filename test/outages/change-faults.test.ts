import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';

import type { SyncResult } from '../../src/domain/sync-run.ts';
import { userAgent } from '../../src/sharepoint/user-agent.ts';
import type { Fault } from '../../src/simulator/faults.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { assertLoaded } from '../survival/assert-intact.ts';
import { type GeneratedFile, generateSales } from '../survival/generated-files.ts';
import { putFiles, resultOf, startPipeline } from '../survival/survival-pipeline.ts';
import { until } from '../survival/waiting.ts';
import { type Calls, callsSince, type Kind, kinds } from './graph-calls.ts';

/**
 * What may go wrong with the question what changed. Each run finds one new file, meets faults, and is to end with that file loaded;
 * how often it asked says what it did about them.
 */
interface Round {
  readonly title: string;
  readonly troubles: readonly (readonly [Kind, Omit<Fault, 'match'>])[];
  /** Other than those of a run without faults. */
  readonly calls?: Calls;
  /** Other than one file that is loaded. */
  readonly result?: Partial<SyncResult>;
  /** Of the files before: one is removed, which no change tells any more. */
  readonly removed?: true;
}

const usual: Calls = { site: 1, drives: 1, folder: 1, list: 1, content: 1, download: 1 };
/** A listing that failed begins with the site again. */
const twice: Calls = { site: 2, drives: 2, folder: 2 };
const refused = (status: number, more: Partial<Fault> = {}) => ['list', { status, ...more }] as const;

const rounds: readonly Round[] = [
  { title: 'no fault at all', troubles: [] },
  {
    title: 'answers that come late, one of them after more than the time between two heartbeats',
    troubles: [
      ['site', { latencyMs: 500 }],
      ['list', { latencyMs: 7000 }],
    ],
  },
  { title: 'a page without items', troubles: [['list', { emptyPage: true }]], calls: { list: 2 } },
  { title: 'an earlier state of the same file', troubles: [['list', { duplicateItem: true }]] },
  {
    title: 'a second page that breaks off',
    troubles: [
      ['list', { emptyPage: true }],
      ['list', { truncate: 200 }],
    ],
    calls: { ...twice, list: 3 },
  },
  {
    title: 'a second page that is answered with an error of the service',
    troubles: [['list', { emptyPage: true }], refused(500)],
    calls: { ...twice, list: 3 },
  },
  {
    title: '410 with the place to begin anew',
    troubles: [refused(410)],
    calls: { list: 2 },
    removed: true,
  },
  {
    title: '410 without it',
    troubles: [refused(410, { withoutLocation: true })],
    calls: { list: 2 },
    removed: true,
  },
  {
    title: '410 in the middle of a round',
    troubles: [['list', { emptyPage: true }], refused(410)],
    calls: { list: 3 },
  },
  { title: 'a link that Graph cannot read', troubles: [refused(400)], calls: { list: 2 }, removed: true },
  { title: 'a link that Graph does not find', troubles: [refused(404)], calls: { list: 2 } },
  { title: 'a size that is wrong', troubles: [['list', { wrongSize: 13 }]] },
  // Without a hash the file itself is asked whether it is the same still.
  { title: 'a file without a hash', troubles: [['list', { withoutHash: true }]], calls: { item: 1 } },
  {
    title: 'a file that is held for malware',
    troubles: [['list', { malware: true }]],
    calls: { content: 0, download: 0 },
    result: { ingested: 0, unready: 1 },
  },
  {
    title: '501 for the changes of a folder, when those of the library are told',
    troubles: [['list', { rootDeltaOnly: true, times: 100 }]],
    // Everything is told anew. Three files look otherwise than before: one is no malware, one has a hash, and one its true size.
    calls: { list: 3, content: 4, download: 4 },
    result: { ingested: 4 },
  },
  { title: 'no fault after that: the library is asked', troubles: [] },
  {
    title: '501 for the changes of the library, too: the folder is listed',
    troubles: [refused(501, { times: 100 })],
    calls: { list: 2, children: 1 },
  },
  { title: 'no fault after that: the folder is listed', troubles: [], calls: { list: 0, children: 1 } },
];

const retries = { maxRetries: 2, retryDelaySeconds: 0.1, listMaxRetries: 5 };
const files = rounds.map((_, number) => salesFile(number));

let pipeline: Pipeline;
let other: Pipeline;
let stalled: readonly WorkflowHandle[];

beforeAll(async () => {
  [pipeline, other] = await Promise.all([startPipeline([]), startPipeline([salesFile(0)])]);
  await pipeline.startWorker();
  await resultOf(await pipeline.startSync({ retries }));
  await other.startWorker();
  stalled = await stall(other);
}, 360_000);

afterAll(async () => {
  await pipeline[Symbol.asyncDispose]();
  await other[Symbol.asyncDispose]();
});

function salesFile(number: number): GeneratedFile {
  return generateSales(`sales ${number}.csv`, { rows: 30, firstId: number * 1000 + 1 });
}

/** One run whose download stalls, and another whose listing does; the gateway waits a minute for a byte. */
async function stall({ simulator }: Pipeline): Promise<WorkflowHandle[]> {
  simulator.faults.failNext({ match: kinds.download, stall: 100 });
  const downloading = await other.startSync({ retries });
  await until('the download stalls', () => callsSince(simulator, 0).download === 1);
  simulator.library.put(salesFile(1).path, salesFile(1).bytes);
  simulator.faults.failNext({ match: kinds.list, stall: 100 });
  // It lists again when the other run has ended.
  const patient = { ...retries, retryDelaySeconds: 15 };
  return [downloading, await other.startSync({ retries: patient })];
}

test.each(rounds.map((round, number) => ({ ...round, number })))(
  'a run meets $title',
  async ({ number, troubles, calls, result, removed }) => {
    const { simulator, sql } = pipeline;
    simulator.faults.clear();
    const gone = `gone ${number}.csv`;
    if (removed) {
      simulator.library.put(gone, 'of no dataset');
      await resultOf(await pipeline.startSync({ retries }));
      simulator.library.remove(gone);
    }
    putFiles(pipeline, [files[number]!]);
    for (const [kind, trouble] of troubles) simulator.faults.failNext({ match: kinds[kind], ...trouble });
    const from = simulator.requests.length;

    const ended = await resultOf<SyncResult>(await pipeline.startSync({ retries }));

    const expected = {
      status: 'succeeded',
      listed: number + 2,
      ingested: 1,
      failed: 0,
      unready: 0,
      ...result,
    };
    expect(ended).toMatchObject(expected);
    const all = Object.entries({ ...usual, ...calls }).filter(([, count]) => count !== 0);
    expect(callsSince(simulator, from)).toEqual(Object.fromEntries(all));
    const deleted =
      await sql`select 1 from charlie.drive_items where name = ${gone} and deleted_at is not null`;
    expect(deleted.length).toBe(removed ? 1 : 0);
  },
);

test('when the budget of the application is used up in the middle of a run, it waits as long as SharePoint says, and few requests are refused', async () => {
  const { simulator } = pipeline;
  const { clock, throttle, faults } = simulator;
  const more = Array.from({ length: 12 }, (_, number) => salesFile(100 + number));
  putFiles(pipeline, more);
  const from = simulator.requests.length;
  const refusals = () => simulator.requests.slice(from).filter(({ status }) => status === 429).length;
  faults.failNext({ match: kinds.download, latencyMs: 1000, times: 12 });
  const run = await pipeline.startSync({ retries });
  await until('the first download', () => callsSince(simulator, from).download !== undefined);
  // Another program of the same application: SharePoint counts them together.
  const minute = Math.floor(clock.now().getTime() / 60_000);
  clock.set(new Date((minute + 1) * 60_000 - 15_000));
  throttle.limit = 100;
  throttle.charge(100, userAgent);

  const result = await resultOf<SyncResult>(run);

  throttle.limit = null;
  clock.set(new Date());
  expect(result).toMatchObject({ status: 'succeeded', ingested: more.length, failed: 0 });
  expect(result.pausedSeconds).toBeGreaterThan(0);
  // There are four lanes, and none asks before the minute is over.
  expect(refusals()).toBeGreaterThanOrEqual(1);
  expect(refusals()).toBeLessThanOrEqual(4);
  const { content = 0, download } = callsSince(simulator, from);
  expect(download).toBe(more.length);
  expect(content).toBeLessThanOrEqual(more.length + 4 + refusals());
  const charged = await pipeline.sql`
    select 1 from charlie.run_files join charlie.run_history using (run_id)
    where attempts > 0 and workflow_id = ${run.workflowId}`;
  expect([...charged]).toEqual([]);
  files.push(...more);
});

test('after all of that each file is loaded once, and the two that were told otherwise have a version from then', async () => {
  const at = (title: string) => files[rounds.findIndex((round) => round.title === title)]!;
  const former = [at('a size that is wrong'), at('a file without a hash')];
  await assertLoaded(pipeline, { files, former });
});

test('a page of changes that stalls is asked for again, and a download that stalls goes on where it was', async () => {
  const [downloading, listing] = await Promise.all(stalled.map((run) => resultOf<SyncResult>(run)));

  expect(downloading).toMatchObject({ status: 'succeeded', ingested: 1, failed: 0 });
  expect(listing).toMatchObject({ status: 'succeeded', ingested: 1, failed: 0 });
  const { list, content, download } = callsSince(other.simulator, 0);
  expect({ list, content, download }).toEqual({ list: 3, content: 2, download: 3 });
  await assertLoaded(other, { files: [salesFile(0), salesFile(1)], former: [] });
});
