import type { Logger } from 'pino';

import type { RunningWorker } from '../worker.ts';
import { answerHealth } from './answer-health.ts';
import { CommandFailed, exitCodes } from './command-context.ts';
import { aborted, stopSignal } from './stop-signal.ts';

/**
 * Works until a signal comes, then drains; a second signal ends the process with the work cut off, which another worker repeats.
 * What is done `beside` ends when its signal is aborted, before the worker drains.
 */
export async function workUntilStopped(
  worker: RunningWorker,
  logger: Logger,
  beside: (signal: AbortSignal) => Promise<unknown> = () => Promise.resolve(),
): Promise<void> {
  using stop = stopSignal();
  await answerHealth(worker, logger);
  logger.info({ stage: 'worker', taskQueue: worker.taskQueue }, 'Worker started');
  const over = new AbortController();
  const other = beside(AbortSignal.any([stop.drain, over.signal]));
  try {
    await Promise.race([worker.ended, aborted(stop.drain)]);
    if (stop.drain.aborted) await drain(worker, logger, stop.hurry);
    else await worker.ended;
  } finally {
    over.abort();
    await other;
  }
  logger.info({ stage: 'worker' }, 'Shutdown complete');
}

async function drain(worker: RunningWorker, logger: Logger, hurry: AbortSignal): Promise<void> {
  logger.info({ stage: 'worker' }, 'Shutdown started: no new work, waiting for what is under way');
  worker.shutdown();
  await Promise.race([worker.ended, aborted(hurry)]);
  if (hurry.aborted)
    throw new CommandFailed(exitCodes.interrupted, 'Stopped at once; what was under way is done again.');
}
