import { spawnSync } from 'node:child_process';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { quarantineFolder, syncFolder } from '../../src/domain/local-path.ts';
import type { SyncResult } from '../../src/domain/sync-run.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { assertLoaded } from '../survival/assert-intact.ts';
import { type GeneratedFile, generateSales } from '../survival/generated-files.ts';
import { resultOf, startPipeline } from '../survival/survival-pipeline.ts';
import { truthOf } from '../survival/truth.ts';
import { WorkerProcess } from '../survival/worker-process.ts';

const small = Array.from({ length: 4 }, (_, number) =>
  generateSales(`sales ${number}.csv`, { rows: 60, firstId: number * 1000 + 1 }),
);
const large = generateSales('sales of a year.csv', { rows: 20_000, firstId: 100_000 });
const retries = { maxRetries: 1, retryDelaySeconds: 1, listMaxRetries: 0 };

/** Becomes a program that sees a disk of its own at `dir`, with a file on it; nobody else sees the disk. */
function withDisk(dir: string, options: string, ballast: number): [string, ...string[]] {
  const script = `mount -t tmpfs -o ${options} none "$0" && head -c ${ballast} /dev/zero > "$0/ballast" && exec "$@"`;
  // As another user than root it takes a user namespace to mount something.
  return ['unshare', process.getuid?.() === 0 ? '-m' : '-Urm', 'sh', '-c', script, dir];
}

const refusal = refusalOfThisMachine();

function refusalOfThisMachine(): string | null {
  const [program, ...args] = withDisk('/tmp', 'size=1m', 0);
  const { status, stderr, error } = spawnSync(program, [...args, 'true'], { encoding: 'utf8' });
  return status === 0 ? null : (error?.message ?? stderr.trim());
}

/** A worker whose ingestion_dir is that disk. */
async function startOnDisk(pipeline: Pipeline, options: string, ballast: number): Promise<WorkerProcess> {
  const { ingestionDir } = pipeline.settings.scheduler;
  await mkdir(ingestionDir, { recursive: true });
  return WorkerProcess.start(pipeline, undefined, {}, { by: withDisk(ingestionDir, options, ballast) });
}

/** One file does not fit, for the reason that is given; nothing of it is there, and the next run takes it when there is room. */
async function assertWaitsForRoom(
  pipeline: Pipeline,
  worker: WorkerProcess,
  files: readonly GeneratedFile[],
  says: RegExp,
): Promise<void> {
  const { ingestionDir } = pipeline.settings.scheduler;
  // As this process can reach it.
  const dir = join(`/proc/${worker.pid}/root`, ingestionDir);
  const result = await resultOf<SyncResult>(await pipeline.startSync({ retries }), worker);
  expect(result).toMatchObject({ status: 'partial', ingested: files.length - 1, failed: 1 });
  const [waiting, ...others] = await pipeline.sql<{ path: string; error: string; attempts: number }[]>`
    select path, error, attempts from charlie.run_files join charlie.ingestion_log log using (file_id)
    where log.state = 'pending'`;
  expect(others).toEqual([]);
  expect(waiting).toMatchObject({
    error: expect.stringMatching(says) as string,
    attempts: retries.maxRetries + 1,
  });
  expect(waiting?.error).toContain(`DiskFull: The disk of ${ingestionDir} is full`);
  expect(result.problems).toEqual([expect.stringContaining(`${waiting?.path ?? ''}: DiskFull`)]);
  expect(worker.log).toContain('DiskFull: The disk of');
  const downloaded = files.map(({ path }) => path).filter((path) => path !== waiting?.path);
  const folders = [syncFolder, quarantineFolder, 'ballast'];
  expect((await readdir(dir)).filter((name) => !folders.includes(name)).toSorted()).toEqual(
    downloaded.toSorted(),
  );
  expect((await readdir(join(dir, syncFolder))).toSorted()).toEqual(['last-download.json', 'place']);

  await rm(join(dir, 'ballast'));
  expect(await resultOf<SyncResult>(await pipeline.startSync({ retries }), worker)).toMatchObject({
    status: 'succeeded',
    downloaded: 1,
  });
  await assertLoaded(pipeline, truthOf(files));
}

if (refusal !== null) console.log(`Skipped, since no disk can be mounted for a test here: ${refusal}`);

test.skipIf(refusal !== null)(
  'a file that is larger than what is free is not begun, the others are loaded, and it is when there is room',
  async () => {
    const files = [...small, large];
    await using pipeline = await startPipeline(files);
    await using worker = await startOnDisk(pipeline, 'size=2m', 1_500_000);

    const needed = large.bytes.length.toLocaleString('en');
    const says = new RegExp(`needs ${needed} bytes, and [45]\\d\\d,\\d{3} are free\\. Make room`);
    await assertWaitsForRoom(pipeline, worker, files, says);
  },
);

test.skipIf(refusal !== null)(
  'a disk that takes no further file is told apart, and the file is loaded when it does',
  async () => {
    await using pipeline = await startPipeline(small);
    // The folder, .sync, the marker of the place, which are two, that of the last download, the ballast, and three of four files.
    await using worker = await startOnDisk(pipeline, 'size=1m,nr_inodes=9', 1);

    await assertWaitsForRoom(
      pipeline,
      worker,
      small,
      /needs \d,\d{3} bytes, and [\d,]+ are free, but a quota or/,
    );
  },
);
