import { type ScheduleClient, ScheduleNotFoundError } from '@temporalio/client';
import type { Logger } from 'pino';

/** A skipped tick makes no event anywhere: only the schedule's own counters tell of it, and they are asked for. */
const askEveryMs = 10_000;

interface Seen {
  readonly taken: number;
  readonly skipped: number;
  readonly missed: number;
}

/**
 * Logs each tick that started a run, and warns of each that was skipped because a run was under way, or missed because
 * no server was there in time, until the signal is aborted. One process of an installation does so: `charlie run` or `up`.
 */
export async function watchSchedules(
  client: ScheduleClient,
  jobs: readonly string[],
  logger: Logger,
  options: { readonly signal: AbortSignal; readonly askEveryMs?: number },
): Promise<void> {
  const seen = new Map<string, Seen>();

  async function askAll(): Promise<void> {
    for (const job of jobs) {
      try {
        const now = await ask(client, job);
        tell(logger, job, seen.get(job) ?? now, now);
        seen.set(job, now);
      } catch (error) {
        // A deleted job, or a server that is away for a while: the next round tells what happened meanwhile.
        if (!(error instanceof ScheduleNotFoundError))
          logger.debug({ stage: 'schedule', job, error }, 'Not asked');
      }
    }
  }

  // The first round only remembers where the counters stand.
  await askAll();
  logger.info({ stage: 'schedule', jobs }, 'Watching the schedules');
  while (!options.signal.aborted) {
    await pause(options.askEveryMs ?? askEveryMs, options.signal);
    await askAll();
  }
  logger.info({ stage: 'schedule' }, 'No longer watching the schedules');
}

async function ask(client: ScheduleClient, job: string): Promise<Seen> {
  const { info } = await client.getHandle(job).describe();
  return {
    taken: info.numActionsTaken,
    skipped: info.numActionsSkippedOverlap,
    missed: info.numActionsMissedCatchupWindow,
  };
}

function tell(logger: Logger, job: string, before: Seen, now: Seen): void {
  const fields = { stage: 'schedule', job };
  if (now.taken > before.taken)
    logger.info({ ...fields, count: now.taken - before.taken }, 'Tick started a run');
  if (now.skipped > before.skipped) {
    const count = now.skipped - before.skipped;
    logger.warn({ ...fields, count, total: now.skipped }, 'Tick skipped: a run was under way');
  }
  if (now.missed > before.missed) {
    const count = now.missed - before.missed;
    logger.warn({ ...fields, count, total: now.missed }, 'Tick missed: the catch-up window had passed');
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
