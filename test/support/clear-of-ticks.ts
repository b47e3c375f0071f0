import { setTimeout } from 'node:timers/promises';

const hourMs = 3_600_000;
/** Of the settings' jobs by default: `sync` and `hourly-report`. */
const dueAtMinutes = [0, 10];

/** A test that counts runs, or triggers some, must not meet those that are due while it works: waits until the next are far enough away. */
export async function clearOfTicks(forSeconds = 60): Promise<void> {
  const intoHour = Date.now() % hourMs;
  const untilNext = dueAtMinutes.map((minute) => (minute * 60_000 - intoHour + hourMs) % hourMs);
  const next = Math.min(...untilNext);
  if (next < forSeconds * 1000) await setTimeout(next + 2000);
}
