import type { Cadence } from '../../src/domain/job.ts';

export const daily = (timezone: string, ...times: readonly string[]): Cadence => ({
  kind: 'daily',
  times,
  timezone,
});
export const cron = (timezone: string, ...expressions: readonly string[]): Cadence => ({
  kind: 'cron',
  expressions,
  timezone,
});
