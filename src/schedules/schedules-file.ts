import { statSync } from 'node:fs';
import { resolve } from 'node:path';

import { type Cadence, type JobConfig, type JobDefinition, jobKinds, plainConfig } from '../domain/job.ts';
import type { ValuesOf } from '../settings/dataset-keys.ts';
import { readKeys, readTable, refuse, type TableReader } from '../settings/datasets.ts';
import { readDotEnv } from '../settings/dot-env.ts';
import { SettingsInvalid, type SettingsSources } from '../settings/load-settings.ts';
import { nearest } from '../settings/nearest.ts';
import { byDefault, type Problem } from '../settings/problem.ts';
import type { Settings } from '../settings/settings.ts';
import { baseFolder, displayPath, findSettingsFile } from '../settings/settings-file.ts';
import { isTable } from '../settings/table.ts';
import { readTomlFile } from '../settings/toml-file.ts';
import { firstInstantOf } from '../zones/clock-changes.ts';
import { jobProblems } from './check-job.ts';
import { newJob, usualWaitMinutes } from './job-defaults.ts';
import { jobKeys, type Moment } from './job-keys.ts';
import { syncJobId } from './jobs.ts';
import { presetJob } from './presets.ts';

/** Beside the settings file. */
const usualPlace = 'temporal-config/schedules.toml';

export interface ScheduleSources extends SettingsSources {
  /** Given on the command line; else CHARLIE_SCHEDULES; else the usual place, where none need be. */
  readonly schedulesFile?: string;
}

export interface SchedulesFile {
  /** Absolute; null: there is none. */
  readonly path: string | null;
  readonly definitions: readonly JobDefinition[];
}

/** The jobs that are declared beside the settings. Throws SettingsInvalid with all that is wrong. */
export function loadSchedules(sources: ScheduleSources, settings: Settings): SchedulesFile {
  const place = findSchedulesFile(sources);
  if (place === null) return { path: null, definitions: [] };
  const problems: Problem[] = [];
  const origin = { ...byDefault, file: displayPath(sources.cwd, place.path), variable: place.variable };
  const file = readTomlFile(place.path, origin, 'a file of jobs in TOML', problems);
  const reader: TableReader = { base: sources.cwd, problems, originOf: file.originOf, origins: new Map() };
  for (const [name, value] of Object.entries(file.document).filter(([each]) => each !== 'jobs')) {
    // Of [job.one] the file has no line for `job` alone.
    const [first] = isTable(value) ? Object.keys(value) : [];
    const where = file.originOf(first === undefined ? name : `${name}.${first}`);
    const accepted = '[jobs.ID] for each job';
    const suggestion = nearest(name, ['jobs']);
    problems.push({ ...where, key: name, message: 'is not a known section', accepted, suggestion });
  }
  const jobs = readTable(file.document['jobs'] ?? {}, 'jobs', reader) ?? {};
  const definitions = Object.entries(jobs).flatMap(([id, value]) => readJob(id, value, settings, reader));
  if (problems.length > 0)
    throw new SettingsInvalid(problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0)));
  return { path: place.path, definitions };
}

function findSchedulesFile(
  sources: ScheduleSources,
): { readonly path: string; readonly variable: string | null } | null {
  const { cwd, env, schedulesFile, configFile } = sources;
  if (schedulesFile !== undefined) return { path: resolve(cwd, schedulesFile), variable: null };
  const { variables } = readDotEnv(cwd, []);
  const named = env['CHARLIE_SCHEDULES'] ?? variables['CHARLIE_SCHEDULES'] ?? '';
  if (named !== '') return { path: resolve(cwd, named), variable: 'CHARLIE_SCHEDULES' };
  const config = env['CHARLIE_CONFIG'] ?? variables['CHARLIE_CONFIG'];
  const path = resolve(baseFolder(cwd, findSettingsFile(cwd, configFile, config)), usualPlace);
  return statSync(path, { throwIfNoEntry: false }) === undefined ? null : { path, variable: null };
}

function readJob(id: string, value: unknown, settings: Settings, reader: TableReader): JobDefinition[] {
  const path = `jobs.${id}`;
  if (id === syncJobId)
    refuse(reader, path, 'is made by [scheduler] of the settings file', {
      accepted: 'another id, for a further job of the kind sync',
    });
  const before = reader.problems.length;
  const values = readKeys(jobKeys, readTable(value, path, reader), path, reader);
  const timezone = values.timezone ?? settings.scheduler.timezone;
  const preset = isGiven(values.preset) ? presetJob(values.preset, id, settings, timezone) : null;
  const kind = values.kind ?? jobKinds.find((each) => each === id) ?? preset?.kind;
  const accepted = jobKinds.map((each) => `"${each}"`).join(' or ');
  if (reader.problems.length > before) return [];
  if (kind === undefined) {
    refuse(reader, `${path}.kind`, 'is missing', { accepted });
    return [];
  }
  const times = [...(preset?.cadences ?? []), ...cadencesOf(values, timezone)];
  const definition = {
    ...newJob(id, kind, settings),
    ...policies(values),
    cadences: times,
    config: configOf(values),
    ...startConditions(values),
  };
  check(definition, values, settings, reader);
  return [definition];
}

/** Those that are given; what is not is the kind's own. */
function policies(values: Values): Partial<JobDefinition> {
  const { enabled, overlap } = values;
  const given = {
    jitterSeconds: values.jitter_seconds,
    catchupMinutes: values.catchup_minutes,
    runTimeoutMinutes: values.run_timeout_minutes,
    pauseAfterFailures: values.pause_after_failures,
    successWithinMinutes: values.success_within_minutes,
  };
  const numbers = Object.entries(given).filter(([, value]) => isGiven(value));
  return {
    ...(enabled !== undefined && { enabled }),
    ...(overlap !== undefined && { overlap }),
    ...(Object.fromEntries(numbers) as { [K in keyof typeof given]?: number }),
  };
}

function configOf(values: Values): JobConfig {
  return {
    incrementalMode: values.incremental_mode ?? plainConfig.incrementalMode,
    forceRecreate: values.force_recreate ?? plainConfig.forceRecreate,
    ...(values.drop_gone === true && { dropGone: true }),
    ciMode: values.ci_mode ?? plainConfig.ciMode,
    dryRun: values.dry_run ?? plainConfig.dryRun,
  };
}

function startConditions({
  after,
  only_if_rows: onlyIfRows,
  wait_for: datasets,
  wait_minutes: minutes,
}: Values): Pick<JobDefinition, 'chain' | 'waitFor'> {
  return {
    chain: isGiven(after) ? { after, onlyIfRows: onlyIfRows ?? false } : null,
    ...(isGiven(datasets) && { waitFor: { datasets, minutes: minutes ?? usualWaitMinutes } }),
  };
}

type Values = Partial<ValuesOf<typeof jobKeys>>;

/** A kind that nothing builds yet is no mistake of the file: that one job is refused when it is applied. */
function check(definition: JobDefinition, values: Values, settings: Settings, reader: TableReader): void {
  const path = `jobs.${definition.id}`;
  if (definition.cadences.length === 0 && definition.chain === null)
    refuse(reader, path, 'says no time', { accepted: 'every, at, cron, once, preset or after' });
  if (isGiven(values.only_if_rows) && !isGiven(values.after))
    refuse(reader, `${path}.only_if_rows`, 'stands without after');
  if (isGiven(values.wait_minutes) && !isGiven(values.wait_for))
    refuse(reader, `${path}.wait_minutes`, 'stands without wait_for');
  if (isGiven(values.offset) && !isGiven(values.every))
    refuse(reader, `${path}.offset`, 'stands without every');
  for (const { key, message } of jobProblems(definition, settings).filter((each) => each.key !== 'kind'))
    refuse(reader, `${path}.${key}`, message);
}

function cadencesOf({ every, offset, at, cron, once }: Values, timezone: string): Cadence[] {
  return [
    ...(isGiven(every) ? [{ kind: 'interval' as const, seconds: every, offsetSeconds: offset ?? 0 }] : []),
    ...(isGiven(at) ? [{ kind: 'daily' as const, times: at, timezone }] : []),
    ...(isGiven(cron) ? [{ kind: 'cron' as const, expressions: cron, timezone }] : []),
    ...(isGiven(once) ? [{ kind: 'once' as const, at: momentIn(timezone, once) }] : []),
  ];
}

function momentIn(timezone: string, { at, local }: Moment): string {
  if (!local) return at;
  return new Date(firstInstantOf(timezone, Date.parse(at))).toISOString();
}

function isGiven<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined;
}
