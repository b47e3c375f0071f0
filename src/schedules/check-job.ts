import { calendarsOf, intervalsOf } from '../domain/cadence.ts';
import { CronInvalid, parseCron } from '../domain/cron.ts';
import type { Cadence, JobDefinition } from '../domain/job.ts';
import { nearest } from '../settings/nearest.ts';
import type { Settings } from '../settings/settings.ts';
import { zone } from '../settings/time-rules.ts';
import { firesFrom, lastFireBefore } from './fires.ts';

/** One thing that is wrong with a definition. */
export interface JobProblem {
  /** As schedules.toml calls it: `cron`, `catchup_minutes`; `schedule` for what they make together. */
  readonly key: string;
  /** To be read after the key. */
  readonly message: string;
}

/** Thrown for a definition that no schedule can be made of, with all that is wrong. Nothing was changed. */
export class JobRefused extends Error {
  override readonly name = 'JobRefused';
  readonly job: string;
  readonly problems: readonly JobProblem[];

  constructor(job: string, problems: readonly JobProblem[], options?: ErrorOptions) {
    const said = problems.map(({ key, message }) => `${key} ${message}`).join('; ');
    super(`The job ${JSON.stringify(job)} cannot be scheduled: ${said}.`, options);
    this.job = job;
    this.problems = problems;
  }
}

/** What runs that no schedule starts are called by. */
const reservedIds = ['watch', 'ingest'];

const notBuilt = 'is not built yet';
const year = 366 * 86_400;
/** Of a list of times: the server works on all of them whenever it looks for the next one. Of datasets that are waited for, too. */
export const mostEntries = 100;
/** Of a cron expression with its comment, in characters. */
export const longestExpression = 1000;
const century = { from: new Date('2000-01-01T00:00:00Z'), to: new Date('2100-01-01T00:00:00Z') };

export function jobProblems(definition: JobDefinition, settings: Settings): JobProblem[] {
  const problems = [...nameProblems(definition), ...kindProblems(definition, settings)];
  const cadences = cadenceProblems(definition);
  problems.push(...cadences, ...policyProblems(definition), ...configProblems(definition));
  problems.push(...startProblems(definition, settings));
  if (cadences.length === 0) problems.push(...togetherProblems(definition));
  return problems;
}

function nameProblems({ id }: JobDefinition): JobProblem[] {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(id))
    return [
      {
        key: 'id',
        message: 'is not 1 to 100 letters, digits, ".", "_" and "-", the first a letter or digit',
      },
    ];
  return reservedIds.includes(id)
    ? [{ key: 'id', message: `is one of ${reservedIds.join(', ')}, which stand for other runs` }]
    : [];
}

function kindProblems({ kind }: JobDefinition, { generate }: Settings): JobProblem[] {
  if (kind === 'quad-report' || kind === 'archive')
    return [{ key: 'kind', message: `is ${kind}, and what that starts ${notBuilt}` }];
  if (kind === 'generate' && generate.endpoints.length === 0)
    return [{ key: 'kind', message: 'is generate, but generate.endpoints is not set' }];
  return [];
}

function cadenceProblems({ cadences }: JobDefinition): JobProblem[] {
  return cadences.flatMap((cadence) => [...timeProblems(cadence), ...zoneProblems(cadence)]);
}

function timeProblems(cadence: Cadence): JobProblem[] {
  if (cadence.kind === 'interval') return intervalProblems(cadence);
  if (cadence.kind === 'once') {
    const at = new Date(cadence.at);
    if (Number.isNaN(at.getTime()) || at.getTime() % 1000 !== 0)
      return [{ key: 'once', message: 'is not a time of a whole second' }];
    return at >= century.from && at < century.to
      ? []
      : [{ key: 'once', message: 'is not of this century, which is all that Temporal has' }];
  }
  if (cadence.kind === 'daily') {
    const wrong = cadence.times.filter((time) => !/^(?:[01]\d|2[0-3]):[0-5]\d$/.test(time));
    if (cadence.times.length === 0) return [{ key: 'at', message: 'names no time' }];
    if (cadence.times.length > mostEntries) return [tooMany('at', cadence.times)];
    return wrong.map((time) => ({ key: 'at', message: `is ${JSON.stringify(time)}, which is not HH:MM` }));
  }
  if (cadence.expressions.length === 0) return [{ key: 'cron', message: 'names no time' }];
  if (cadence.expressions.length > mostEntries) return [tooMany('cron', cadence.expressions)];
  return cadence.expressions.flatMap(cronProblems);
}

function tooMany(key: string, entries: readonly string[]): JobProblem {
  return { key, message: `has ${entries.length} entries, and may have ${mostEntries}` };
}

function cronProblems(expression: string): JobProblem[] {
  const { length } = expression;
  if (length > longestExpression)
    return [{ key: 'cron', message: `has ${length} characters, and may have ${longestExpression}` }];
  try {
    parseCron(expression);
    return [];
  } catch (error) {
    if (!(error instanceof CronInvalid)) throw error;
    return [{ key: 'cron', message: error.message.replace(/\.$/, '') }];
  }
}

function intervalProblems({ seconds, offsetSeconds }: Extract<Cadence, { kind: 'interval' }>): JobProblem[] {
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > year)
    return [{ key: 'every', message: 'is not from one second to a year' }];
  return Number.isInteger(offsetSeconds) && offsetSeconds >= 0 && offsetSeconds < seconds
    ? []
    : [{ key: 'offset', message: 'is not less than the interval' }];
}

function zoneProblems(cadence: Cadence): JobProblem[] {
  if (!('timezone' in cadence)) return [];
  const { timezone } = cadence;
  // The server minds the case of a name, of which the settings take any.
  const reading = zone.read(timezone, '');
  if (reading.ok && reading.value === timezone) return [];
  const meant = reading.ok ? JSON.stringify(reading.value) : reading.suggestion;
  const hint = meant == null ? '' : `; did you mean ${meant}?`;
  return [{ key: 'timezone', message: `is ${JSON.stringify(timezone)}, which is not a known zone${hint}` }];
}

/** How the cadences fit together, each of which is right by itself. */
function togetherProblems({ cadences, jitterSeconds }: JobDefinition): JobProblem[] {
  const problems: JobProblem[] = [];
  const zones = new Set(cadences.flatMap((each) => ('timezone' in each ? [each.timezone] : [])));
  if (zones.size > 1)
    problems.push({ key: 'timezone', message: `is ${[...zones].join(' and ')}, and a job has one` });
  if (cadences.length > 1 && cadences.some(({ kind }) => kind === 'once'))
    problems.push({ key: 'once', message: 'stands beside other times; make it a job of its own' });
  // One whose last year is over was due: a file that names it is still right.
  const never = cadences.some((each) => {
    const isDue = () => firesFrom([each], Date.now()).next().done !== true;
    return calendarsOf(each).length > 0 && !isDue() && lastFireBefore([each], Date.now()) === null;
  });
  if (never) problems.push({ key: 'cron', message: 'is never due within ten years' });
  const shortest = Math.min(...cadences.flatMap(intervalsOf).map(({ seconds }) => seconds));
  if (jitterSeconds > shortest)
    problems.push({ key: 'jitter_seconds', message: `is more than the interval of ${shortest} seconds` });
  return problems;
}

function policyProblems(definition: JobDefinition): JobProblem[] {
  const { jitterSeconds, catchupMinutes, runTimeoutMinutes, pauseAfterFailures, successWithinMinutes } =
    definition;
  return [
    ...between('jitter_seconds', jitterSeconds, 0, 86_400),
    ...between('catchup_minutes', catchupMinutes, 1, 525_600),
    ...between('run_timeout_minutes', runTimeoutMinutes, 1, 10_080),
    ...(pauseAfterFailures === null ? [] : between('pause_after_failures', pauseAfterFailures, 1, 10)),
    ...(successWithinMinutes === null
      ? []
      : between('success_within_minutes', successWithinMinutes, 1, 525_600)),
  ];
}

/** Reports follow the figures, and generators make new files: what is loaded is the matter of a sync alone. */
function configProblems({ kind, config }: JobDefinition): JobProblem[] {
  const { incrementalMode, forceRecreate, dropGone = false, dryRun } = config;
  const given = {
    incremental_mode: incrementalMode === 'full',
    force_recreate: forceRecreate,
    dry_run: dryRun,
  };
  const message = `is for jobs of the kind sync, and this one is of the kind ${kind}`;
  return [
    ...(kind === 'sync' ? [] : Object.entries(given).flatMap(([key, is]) => (is ? [{ key, message }] : []))),
    ...(dropGone && !forceRecreate ? [{ key: 'drop_gone', message: 'stands without force_recreate' }] : []),
  ];
}

function between(key: string, value: number, min: number, max: number): JobProblem[] {
  if (Number.isInteger(value) && value >= min && value <= max) return [];
  return [{ key, message: `is ${value}, and not a whole number from ${min} to ${max}` }];
}

/** Of its time limit: a run that waited longer would end itself for that, and count as failed (workflows/time-limit.ts). */
const waitShare = 0.9;

/** Of what a run starts after, and waits for; whether there is such a job is another question: see chains.ts. */
function startProblems(
  { id, cadences, chain, waitFor, runTimeoutMinutes }: JobDefinition,
  { datasets }: Settings,
): JobProblem[] {
  const isOnce = cadences.some(({ kind }) => kind === 'once');
  const chainProblems = [
    ...(chain?.after === id ? [{ key: 'after', message: 'is the job itself' }] : []),
    ...(chain !== null && isOnce
      ? [{ key: 'once', message: 'stands beside after; make it a job of its own' }]
      : []),
  ];
  if (waitFor === undefined) return chainProblems;
  const { minutes } = waitFor;
  const longest = Math.floor(runTimeoutMinutes * waitShare);
  const known = datasets.filter(({ enabled }) => enabled).map(({ name }) => name);
  const unknown = waitFor.datasets.filter((name) => !known.includes(name));
  return [
    ...chainProblems,
    ...(waitFor.datasets.length === 0 ? [{ key: 'wait_for', message: 'names no dataset' }] : []),
    ...(waitFor.datasets.length > mostEntries ? [tooMany('wait_for', waitFor.datasets)] : []),
    ...unknown.map((name) => ({ key: 'wait_for', message: unknownDataset(name, known) })),
    ...between('wait_minutes', minutes, 1, 1440),
    ...(minutes <= longest
      ? []
      : [
          {
            key: 'wait_minutes',
            message: `is ${minutes}, and a run of ${runTimeoutMinutes} minutes may wait ${longest}`,
          },
        ]),
  ];
}

function unknownDataset(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  return `names ${JSON.stringify(name)}, which is no dataset that is loaded${near === null ? '' : `; did you mean ${JSON.stringify(near)}?`}`;
}
