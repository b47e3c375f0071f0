import type { Logger } from 'pino';

import type { RunningWorker } from '../worker.ts';
import { answerHealth } from './answer-health.ts';
import { CommandFailed, exitCodes } from './command-context.ts';
import { aborted, stopSignal } from './stop-signal.ts';

/** Works until a signal comes, then drains; a second signal ends the process with the work cut off, which another worker repeats. */
export async function workUntilStopped(worker: RunningWorker, logger: Logger): Promise<void> {
  using stop = stopSignal();
  await answerHealth(worker, logger);
  logger.info({ stage: 'worker', taskQueue: worker.taskQueue }, 'Worker started');
  await Promise.race([worker.ended, aborted(stop.drain)]);
  if (stop.drain.aborted) {
    logger.info({ stage: 'worker' }, 'Shutdown started: no new work, waiting for what is under way');
    worker.shutdown();
    await Promise.race([worker.ended, aborted(stop.hurry)]);
    if (stop.hurry.aborted)
      throw new CommandFailed(exitCodes.interrupted, 'Stopped at once; what was under way is done again.');
  } else {
    await worker.ended;
  }
  logger.info({ stage: 'worker' }, 'Shutdown complete');
}
