import { gzipSync } from 'node:zlib';

import type { WorkflowHandle } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { afterAll, expect, test } from 'vitest';

import type { Progress } from '../../activities/guarded.ts';
import { ReceivedBytes } from '../../activities/received-bytes.ts';
import type { Failpoint } from '../../src/failpoints.ts';
import { Pipeline } from '../support/pipeline.ts';
import { manySales, salesCsv, salesToml } from '../support/sales.ts';
import { testTimeout, until } from '../survival/waiting.ts';
import { killAllWorkers, WorkerProcess } from '../survival/worker-process.ts';

afterAll(killAllWorkers);

const csv = salesCsv(manySales(30_000));

test.concurrent.for<[Failpoint, string, string, string | Buffer]>([
  ['mid-download', 'downloading', 'sales.csv', csv],
  ['mid-copy', 'loading', 'sales.csv', csv],
  ['mid-copy', 'loading', 'sales.csv.gz', gzipSync(csv, { level: 0 })],
])(
  'the heartbeat of a file that hangs (%s) shows how far it is: %s %s',
  { timeout: testTimeout },
  async ([failpoint, step, name, content]) => {
    await using pipeline = await Pipeline.start({ toml: salesToml, worker: false });
    pipeline.simulator.library.put(name, content);
    await using worker = await WorkerProcess.start(pipeline, `${failpoint}:hang`);
    const run = await pipeline.startSync();

    let beat = await lastBeat(run);
    await until(
      `a heartbeat tells bytes of ${step}`,
      async () => (beat = await lastBeat(run))?.bytes?.step === step,
      () => worker.log,
    );

    expect(beat).toEqual({
      version: 1,
      done: 0,
      of: 1,
      current: name,
      bytes: { step, done: expect.any(Number) as number, of: content.length },
    });
    expect(beat?.bytes?.done).toBeGreaterThan(0);
    expect(beat?.bytes?.done).toBeLessThan(content.length);
    await run.terminate();
  },
);

test('bytes of several downloads add up, without those of one that broke off', () => {
  const files = [{ size: 100 }, { size: 50 }, { size: 7 }] as const;
  const progress: Progress = { done: 0, of: 3, current: '', bytes: null };
  const received = new ReceivedBytes(progress, files);
  received.set(files[0], 60);
  received.set(files[1], 20);
  received.set(files[0], 0);
  received.set(files[1], 50);
  expect(progress.bytes).toEqual({ step: 'downloading', done: 50, of: 157 });
});

async function lastBeat(run: WorkflowHandle): Promise<Progress | null> {
  const { raw } = await run.describe();
  const payload = raw.pendingActivities?.[0]?.heartbeatDetails?.payloads?.[0];
  return payload === undefined ? null : defaultPayloadConverter.fromPayload(payload);
}
