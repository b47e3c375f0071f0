import { afterAll, beforeAll, expect, test } from 'vitest';

import type { SyncResult } from '../../src/domain/sync-run.ts';
import type { Fault } from '../../src/simulator/faults.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { assertLoaded } from '../survival/assert-intact.ts';
import { type GeneratedFile, generateSales } from '../survival/generated-files.ts';
import { putFiles, resultOf, startPipeline } from '../survival/survival-pipeline.ts';
import { truthOf } from '../survival/truth.ts';
import { callsSince, type Kind, kinds } from './graph-calls.ts';

type Trouble = Omit<Fault, 'match'>;

interface DownloadCase {
  readonly title: string;
  /** In this order; one that waits for a later request than another meets it all the same. */
  readonly troubles: readonly (readonly [Kind, Trouble])[];
  /** For this file alone, over the whole run. */
  readonly calls: { readonly content: number; readonly download: number };
  /** Why the file fails for good; without it, it is loaded, unless it is not ready, which is no failure. */
  readonly error?: string;
  readonly isUnready?: true;
}

const signInPage = '<html><body>Sign in to your account</body></html>';

/** One file each, all of them in one run that has three attempts for a file. */
const downloadCases: readonly DownloadCase[] = [
  {
    title: 'no fault at all',
    troubles: [],
    calls: { content: 1, download: 1 },
  },
  {
    title: '429 with a short Retry-After',
    troubles: [['content', { status: 429, retryAfterSeconds: 1 }]],
    calls: { content: 2, download: 1 },
  },
  {
    title: '503 with a short Retry-After, of the content host',
    troubles: [['download', { status: 503, retryAfterSeconds: 1 }]],
    calls: { content: 1, download: 2 },
  },
  {
    title: '503 without Retry-After',
    troubles: [['content', { status: 503 }]],
    calls: { content: 2, download: 1 },
  },
  {
    title: '504',
    troubles: [['content', { status: 504 }]],
    calls: { content: 2, download: 1 },
  },
  {
    title: '500',
    troubles: [['content', { status: 500 }]],
    calls: { content: 2, download: 1 },
  },
  {
    title: '502 with a page of HTML, of the content host',
    troubles: [['download', { status: 502, body: '<h1>Bad gateway</h1>' }]],
    calls: { content: 2, download: 2 },
  },
  {
    title: 'a file that is locked',
    troubles: [['content', { status: 423 }]],
    calls: { content: 2, download: 1 },
  },
  {
    title: 'a connection to Graph that is cut',
    troubles: [['content', { drop: true }]],
    calls: { content: 2, download: 1 },
  },
  {
    title: 'a connection to the content host that is cut',
    troubles: [['download', { drop: true }]],
    calls: { content: 2, download: 2 },
  },
  {
    title: 'a content that breaks off',
    troubles: [['download', { truncate: 500 }]],
    calls: { content: 2, download: 2 },
  },
  {
    title: 'a page of HTML in place of the content',
    troubles: [['download', { status: 200, body: signInPage }]],
    calls: { content: 2, download: 2 },
  },
  {
    title: 'a token that has expired',
    troubles: [['content', { status: 401 }]],
    calls: { content: 2, download: 1 },
  },
  {
    title: 'an address that has expired',
    troubles: [['download', { status: 401 }]],
    calls: { content: 2, download: 2 },
  },
  {
    title: 'an address that had expired when it was given',
    troubles: [['content', { expiredLinks: true }]],
    calls: { content: 2, download: 2 },
  },
  {
    title: '509, which is a limit of bandwidth',
    troubles: [['content', { status: 509, retryAfterSeconds: 1 }]],
    calls: { content: 2, download: 1 },
  },
  {
    title: 'answers that come late, one of them after more than the time between two heartbeats',
    troubles: [
      ['content', { latencyMs: 1000 }],
      ['download', { latencyMs: 7000 }],
    ],
    calls: { content: 1, download: 1 },
  },
  {
    title: 'one fault after the other, with the last attempt left',
    troubles: [
      ['content', { status: 500 }],
      ['download', { truncate: 100 }],
    ],
    calls: { content: 3, download: 2 },
  },
  {
    title: '500 at every attempt',
    troubles: [['content', { status: 500, times: 3 }]],
    calls: { content: 3, download: 0 },
    error: 'SharePointFailed',
  },
  {
    title: 'a file that is gone',
    troubles: [['content', { status: 404 }]],
    calls: { content: 1, download: 0 },
    isUnready: true,
  },
  {
    title: 'a file that may not be read',
    troubles: [['content', { status: 403 }]],
    calls: { content: 1, download: 0 },
    error: 'AccessDenied',
  },
];

const retries = { maxRetries: 2, retryDelaySeconds: 0.1, listMaxRetries: 5 };
const files = downloadCases.map((_, number) => salesFile(number));

let pipeline: Pipeline;
let result: SyncResult;

beforeAll(async () => {
  pipeline = await startPipeline(files);
  await pipeline.startWorker();
  for (const [number, { troubles }] of downloadCases.entries()) {
    const { id, uniqueId } = inLibrary(files[number]!);
    for (const [kind, trouble] of troubles) {
      const of = kind === 'content' ? `items/${id}/content` : `UniqueId=${uniqueId}`;
      pipeline.simulator.faults.failNext({ match: new RegExp(of), ...trouble });
    }
  }
  result = await resultOf<SyncResult>(await pipeline.startSync({ retries }));
}, 360_000);

afterAll(() => pipeline[Symbol.asyncDispose]());

function salesFile(number: number): GeneratedFile {
  return generateSales(`sales ${number}.csv`, { rows: 30, firstId: number * 1000 + 1 });
}

function inLibrary({ path }: GeneratedFile) {
  return pipeline.simulator.library.list().find((file) => file.path === path)!;
}

test.each(downloadCases.map((each, number) => ({ ...each, number })))(
  'a download meets $title',
  async ({ number, calls: expected, error, isUnready }) => {
    const file = files[number]!;
    const { id, uniqueId } = inLibrary(file);

    const [found, ...others] = await pipeline.sql`
    select tried.state, rows_loaded as rows, case when tried.state = 'failed' then split_part(error, ':', 1) end as error
    from charlie.run_files tried join charlie.ingestion_log using (file_id) where path = ${file.path}`;

    expect(others).toEqual([]);
    const lost = { state: isUnready ? 'unready' : 'failed', error: error ?? null, rows: null };
    const isLoaded = error === undefined && isUnready !== true;
    expect(found).toEqual(isLoaded ? { state: 'ingested', error: null, rows: file.rows.length } : lost);
    const { content = 0, download = 0 } = callsSince(
      pipeline.simulator,
      0,
      new RegExp(`items/${id}/content|UniqueId=${uniqueId}`),
    );
    expect({ content, download }).toEqual(expected);
  },
);

test('the run as a whole succeeds in part; it listed once, and signed in once more for the token', () => {
  const failed = downloadCases.filter(({ error }) => error !== undefined).length;
  const unready = downloadCases.filter(({ isUnready }) => isUnready).length;
  const ingested = files.length - failed - unready;
  expect(result).toMatchObject({ status: 'partial', ingested, failed, unready });
  const { token, site, drives, folder, list } = callsSince(pipeline.simulator, 0);
  expect({ token, site, drives, folder, list }).toEqual({ token: 2, site: 1, drives: 1, folder: 1, list: 1 });
});

test('the next run meets a fault at each step of the listing, and loads what was left and what is new', async () => {
  const added = salesFile(100);
  putFiles(pipeline, [added]);
  const { faults, requests } = pipeline.simulator;
  const from = requests.length;
  const steps: readonly (readonly [Kind, Trouble])[] = [
    ['site', { status: 500 }],
    ['drives', { status: 502, body: '<h1>Bad gateway</h1>' }],
    ['folder', { drop: true }],
    ['list', { status: 504 }],
    ['list', { truncate: 200 }],
    ['list', { status: 429, retryAfterSeconds: 1 }],
    ['list', { status: 401 }],
  ];
  for (const [kind, trouble] of steps) faults.failNext({ match: kinds[kind], ...trouble });

  const next = await resultOf<SyncResult>(await pipeline.startSync({ retries }));

  const left = downloadCases.filter(({ error, isUnready }) => error !== undefined || isUnready).length;
  expect(next).toMatchObject({ status: 'succeeded', ingested: left + 1, failed: 0 });
  expect(callsSince(pipeline.simulator, from)).toEqual({
    token: 1,
    site: 6,
    drives: 5,
    folder: 4,
    // The last two faults are mended within the attempt that loads.
    list: 5,
    content: left + 1,
    download: left + 1,
  });
  await assertLoaded(pipeline, truthOf([...files, added]));
});

test('when SharePoint asks for a longer pause, the whole run waits, and no file is charged an attempt', async () => {
  const more = [200, 201, 202, 203, 204, 205].map(salesFile);
  putFiles(pipeline, more);
  const from = pipeline.simulator.requests.length;
  const throttled = { match: kinds.content, status: 429, retryAfterSeconds: 6 };
  pipeline.simulator.faults.failNext(throttled);

  const run = await pipeline.startSync({ retries });
  const later = await resultOf<SyncResult>(run);

  expect(later).toMatchObject({ status: 'succeeded', ingested: more.length, failed: 0 });
  const charged = await pipeline.sql`
    select 1 from charlie.run_files join charlie.run_history using (run_id)
    where attempts > 0 and workflow_id = ${run.workflowId}`;
  expect([...charged]).toEqual([]);
  const { content = 0, download } = callsSince(pipeline.simulator, from);
  expect(download).toBe(more.length);
  // Those who had an address when the pause began get another one; there are four lanes.
  expect(content).toBeGreaterThan(more.length);
  expect(content).toBeLessThanOrEqual(more.length + 4);
});
