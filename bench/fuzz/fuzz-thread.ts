import { parentPort, workerData } from 'node:worker_threads';

import { FuzzFailure, type FuzzFigures, type FuzzRun, fuzz } from './fuzz.ts';

/** What the thread is given: `progress` is its own count of files, for whoever watches it. */
export interface ThreadData extends Omit<FuzzRun, 'onFile'> {
  readonly progress: Int32Array;
}

export type ThreadResult =
  | { readonly figures: FuzzFigures }
  | { readonly failedAt: number; readonly message: string };

/** A file that makes the reader hang holds up this thread alone. */
async function main({ progress, ...run }: ThreadData): Promise<ThreadResult> {
  try {
    return {
      figures: await fuzz({
        ...run,
        onFile: (index) => {
          Atomics.store(progress, 0, index);
        },
      }),
    };
  } catch (error) {
    if (!(error instanceof FuzzFailure)) throw error;
    return { failedAt: error.index, message: error.message };
  }
}

parentPort?.postMessage(await main(workerData as ThreadData));
