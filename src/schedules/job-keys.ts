import { TomlDate } from 'smol-toml';

import { CronInvalid, parseCron } from '../domain/cron.ts';
import { durationSeconds } from '../domain/duration.ts';
import { jobKinds } from '../domain/job.ts';
import {
  bad,
  boolean,
  choice,
  good,
  integer,
  list,
  type Reading,
  type Rule,
  textRule,
} from '../settings/rules.ts';
import { key, optional } from '../settings/setting-keys.ts';
import { dailyTimes, instant, zone } from '../settings/time-rules.ts';
import { presetNames } from './presets.ts';

const duration: Rule<number> = textRule('a duration such as "90s", "15m", "1h30m" or "7d"', (text) => {
  const seconds = durationSeconds(text);
  return seconds === null ? bad() : good(seconds);
});

const expression: Rule<string> = textRule('a cron expression', (text) => {
  try {
    parseCron(text);
    return good(text);
  } catch (error) {
    if (!(error instanceof CronInvalid)) throw error;
    return bad(error.problem);
  }
});

const cronAccepted = 'a cron expression such as "0 6 * * MON-FRI" or "@every 90m", or a list of such';
const expressions = list(expression, cronAccepted);
const cron: Rule<readonly string[]> = {
  ...expressions,
  read: (value, base) =>
    typeof value === 'string' ? asList(expression.read(value, base)) : expressions.read(value, base),
};

/** A moment; `local` is without an offset, and then one of the job's zone, given as if it were UTC. */
export interface Moment {
  readonly at: string;
  readonly local: boolean;
}

const moment: Rule<Moment> = {
  accepted: 'a date-time such as 2026-12-24T06:00:00Z; without an offset it is that of the zone of the job',
  secret: false,
  read: (value, base) => {
    const reading = instant.read(value, base);
    if (!reading.ok) return reading;
    const written = typeof value === 'string' ? new TomlDate(value) : value;
    return good({ at: reading.value, local: isLocal(written) });
  },
  fromText: (text) => text,
};

const jobName = textRule('the id of another job', (text) => (text === '' ? bad() : good(text)));

const dataset = textRule('the name of a dataset', (text) => (text === '' ? bad() : good(text)));
const datasetNames = list(dataset, 'a list of names of datasets, such as ["calls"]');

/** Of `[jobs.ID]` in schedules.toml. */
export const jobKeys = {
  kind: optional(choice(...jobKinds)),
  preset: optional(choice(...presetNames)),
  enabled: key(boolean, true),
  every: optional(duration),
  offset: optional(duration),
  at: optional(dailyTimes),
  cron: optional(cron),
  once: optional(moment),
  timezone: optional(zone),
  jitter_seconds: key(integer(0, 86_400), 0),
  overlap: key(choice('skip', 'queue', 'allow'), 'skip'),
  catchup_minutes: optional(integer(1, 525_600)),
  run_timeout_minutes: optional(integer(1, 10_080)),
  pause_after_failures: optional(integer(1, 10)),
  success_within_minutes: optional(integer(1, 525_600)),
  incremental_mode: key(choice('auto', 'full'), 'auto'),
  force_recreate: key(boolean, false),
  drop_gone: key(boolean, false),
  ci_mode: key(boolean, false),
  dry_run: key(boolean, false),
  after: optional(jobName),
  only_if_rows: optional(boolean),
  wait_for: optional(datasetNames),
  wait_minutes: optional(integer(1, 1440)),
};

function isLocal(value: unknown): boolean {
  return value instanceof TomlDate && (value.isLocal() || value.isDate());
}

function asList(reading: Reading<string>): Reading<readonly string[]> {
  return reading.ok ? good([reading.value]) : reading;
}
