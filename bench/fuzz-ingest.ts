import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';

import { mutator } from './fuzz/fuzz.ts';
import type { ThreadData, ThreadResult } from './fuzz/fuzz-thread.ts';

/** A file takes milliseconds, the worst one a second; on a machine that is busy with other things that second may take a minute. */
const hangMs = 600_000;
const progressMs = 10_000;

/**
 * `npm run fuzz -- [--files 100000] [--seed 1] [--from 0]`: changes the files of test/ingest/dirty-files at random, and reads each. Any
 * end but rows, rejects and a quarantine reason, any account that does not add up, and any file that is not done within ten minutes is
 * a failure: the file is written to the current folder.
 */
async function main(): Promise<void> {
  const option = (value: string) => ({ type: 'string', default: value }) as const;
  const { values } = parseArgs({
    options: { files: option('100000'), seed: option('1'), from: option('0') },
  });
  const run = { seed: Number(values.seed), from: Number(values.from), files: Number(values.files) };
  const began = performance.now();
  const result = await runInThread(run);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  if ('figures' in result) {
    const { read, refused, rows } = result.figures;
    console.log(
      `${run.files} files in ${seconds} s, seed ${run.seed}: ${read} read with ${rows} rows, ${refused} refused whole; no failure.`,
    );
    return;
  }
  const { bytes, dataset, basedOn } = mutator(run.seed)(result.failedAt);
  const path = `fuzz-failure-${run.seed}-${result.failedAt}.csv`;
  writeFileSync(path, bytes);
  console.error(result.message);
  console.error(`Written to ${path}: made of ${basedOn}, read as dataset ${dataset.name}.`);
  console.error(`Repeat: npm run fuzz -- --seed ${run.seed} --from ${result.failedAt} --files 1`);
  process.exitCode = 1;
}

async function runInThread(run: Omit<ThreadData, 'progress'>): Promise<ThreadResult> {
  const progress = new Int32Array(new SharedArrayBuffer(4)).fill(run.from);
  const thread = new Worker(new URL('fuzz/fuzz-thread.ts', import.meta.url), {
    workerData: { ...run, progress } satisfies ThreadData,
  });
  const { promise, resolve, reject } = Promise.withResolvers<ThreadResult>();
  thread.once('message', resolve).once('error', reject);
  const watches = [
    setInterval(() => {
      console.error(`${Atomics.load(progress, 0) - run.from} of ${run.files} files`);
    }, progressMs),
    watchForHangs(progress, (index) => {
      resolve({ failedAt: index, message: `File ${index}: not read within ${hangMs / 1000} s` });
    }),
  ];
  try {
    return await promise;
  } finally {
    watches.forEach(clearInterval);
    await thread.terminate();
  }
}

function watchForHangs(progress: Int32Array, onHang: (index: number) => void): NodeJS.Timeout {
  let seen = -1;
  return setInterval(() => {
    const now = Atomics.load(progress, 0);
    if (now === seen) onHang(now);
    seen = now;
  }, hangMs);
}

await main();
