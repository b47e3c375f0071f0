import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import type { SyncResult } from '../../src/domain/sync-run.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { SimulatedSharePoint } from '../sharepoint/simulated-sharepoint.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { assertIntact, assertLoaded } from '../survival/assert-intact.ts';
import { generateSales } from '../survival/generated-files.ts';
import { resultOf, startPipeline } from '../survival/survival-pipeline.ts';
import { truthOf } from '../survival/truth.ts';
import { until } from '../survival/waiting.ts';
import { Hold, places } from './hold.ts';

const files = Array.from({ length: 6 }, (_, number) =>
  generateSales(`sales ${number}.csv`, { rows: 60, firstId: number * 1000 + 1 }),
);
const contentHost = 'download.aspx';

/** On the port and with the library of the one that is gone. */
async function comeBack({ dir, simulator }: Pipeline): Promise<Simulator> {
  const port = Number(new URL(simulator.url).port);
  return startSimulator({ port, stateDir: join(dir, 'simulator'), datasets: 'none' });
}

test.concurrent('SharePoint is gone in mid-download and comes back: the run pauses in a timer, tries again, and loads everything itself', async () => {
  await using pipeline = await startPipeline(files);
  await pipeline.startWorker();
  pipeline.simulator.faults.failNext({ match: /download\.aspx/, times: 4, stall: 100 });
  const run = await pipeline.startSync({
    retries: { maxRetries: 8, retryDelaySeconds: 1, listMaxRetries: 0 },
  });
  await until('four downloads are under way', () => Promise.resolve(stalled(pipeline) === 4));

  await pipeline.simulator.close();
  await until('each file has failed', async () => {
    const failed = await pipeline.sql`select from charlie.run_files where state = 'failed'`;
    return failed.length === files.length;
  });
  const simulator = await comeBack(pipeline);
  try {
    expect(await resultOf<SyncResult>(run)).toMatchObject({ status: 'succeeded', failed: 0 });
  } finally {
    await simulator.close();
  }

  const { events } = await run.fetchHistory();
  const pauses = (events ?? []).map(
    ({ timerStartedEventAttributes: timer }) => timer?.startToFireTimeout?.seconds,
  );
  expect(pauses.map(Number), 'a pause of one second').toContain(1);
  await assertIntact(pipeline, truthOf(files));
});

function stalled({ simulator }: Pipeline): number {
  return simulator.requests.filter(({ url, status }) => url.includes(contentHost) && status === 200).length;
}

test.concurrent('SharePoint is gone for a minute: files fail while it is, and the last of their attempts loads them', {
  timeout: 300_000,
}, async () => {
  await using pipeline = await startPipeline(files);
  await pipeline.startWorker();
  await using hold = await Hold.at(pipeline.settings.database.url?.reveal() ?? '', places.manifest);
  // Attempts at once, and after 20, 60 and 140 seconds.
  const retries = { maxRetries: 3, retryDelaySeconds: 20, listMaxRetries: 0 };
  const run = await pipeline.startSync({ retries });
  await hold.reached();
  await pipeline.simulator.close();
  await hold.release();
  await until('each file has failed three times', async () => {
    const failed = await pipeline.sql`select from charlie.run_files where attempts = 3`;
    return failed.length === files.length;
  });
  const simulator = await comeBack(pipeline);
  try {
    expect(await resultOf<SyncResult>(run)).toMatchObject({ status: 'succeeded', failed: 0 });
  } finally {
    await simulator.close();
  }
  await assertIntact(pipeline, truthOf(files));
});

test('SharePoint is gone in mid-listing: the run fails with that cause, and the next one loads everything', async () => {
  await using pipeline = await startPipeline(files);
  await pipeline.startWorker();
  pipeline.simulator.faults.failNext({ match: /delta/, stall: 100 });
  const run = await pipeline.startSync();
  await until('the listing has begun', () =>
    Promise.resolve(pipeline.simulator.requests.some(({ url }) => url.includes('delta'))),
  );

  await pipeline.simulator.close();
  await expect(resultOf(run)).rejects.toMatchObject({
    cause: {
      cause: { type: 'SharePointUnreachable', message: expect.stringContaining('localhost') as string },
    },
  });
  // Gone altogether: the next tick fails in the same way, and the one after it does not.
  await expect(resultOf(await pipeline.startSync())).rejects.toMatchObject({
    cause: { cause: { type: 'SharePointUnreachable' } },
  });
  const simulator = await comeBack(pipeline);
  try {
    expect(await resultOf<SyncResult>(await pipeline.startSync())).toMatchObject({ status: 'succeeded' });
  } finally {
    await simulator.close();
  }

  const records = await pipeline.sql`
    select status, split_part(error, ':', 1) as error from charlie.run_history order by start_ts`;
  expect([...records]).toEqual([
    { status: 'failed', error: 'SharePointUnreachable' },
    { status: 'failed', error: 'SharePointUnreachable' },
    { status: 'succeeded', error: null },
  ]);
  await assertLoaded(pipeline, truthOf(files));
});

test('a download that stalls ends by the time limit of the gateway, and leaves nothing', async () => {
  await using sharepoint = await SimulatedSharePoint.start();
  const folder = await mkdtemp(join(tmpdir(), 'charlie-stalled-'));
  const gateway = sharepoint.gateway({}, { connect: 5000, headers: 5000, body: 100 });
  sharepoint.simulator.library.put('a.csv', Buffer.alloc(500_000, 'x'));
  const [file] = await sharepoint.list(gateway);
  sharepoint.simulator.faults.failNext({ match: /download\.aspx/, stall: 1000, times: 6 });

  const error = await sharepoint.failure(gateway.download(file!, join(folder, 'target')));

  expect(error).toMatchObject({
    name: 'SharePointUnreachable',
    code: 'UND_ERR_BODY_TIMEOUT',
    retryable: true,
  });
  expect(await readdir(folder)).toEqual([]);
  await rm(folder, { recursive: true });
});
