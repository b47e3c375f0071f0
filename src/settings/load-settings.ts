import { checkApi } from './api-checks.ts';
import { checkDatasets } from './dataset-checks.ts';
import { readDatasets } from './datasets.ts';
import { readDotEnv } from './dot-env.ts';
import { readVariables } from './environment.ts';
import { checkGenerate } from './generate-checks.ts';
import type { Layer, Reader } from './given.ts';
import { readGiven } from './given.ts';
import { readLocalStack } from './local-stack.ts';
import type { Origin, Problem } from './problem.ts';
import { byDefault, describeProblems } from './problem.ts';
import { checkProcessedFolder } from './processed-folder-checks.ts';
import type { SectionsValues } from './setting-keys.ts';
import { allKeys, camelCase } from './setting-keys.ts';
import type { Settings } from './settings.ts';
import { baseFolder, findSettingsFile, readSettingsFile } from './settings-file.ts';
import { checkCloud, checkSharePoint, overLocalStack, sharepointValues } from './sharepoint-checks.ts';
import { checkPlace, withSite } from './sharepoint-place.ts';
import { checkApiKey, overLocalTemporal, temporalSettings } from './temporal-layers.ts';
import { readTemporalProfile } from './temporal-profile.ts';
import { checkWatch } from './watch-checks.ts';
import { workloadIdentityVariables } from './workload-identity-variables.ts';

export interface SettingsSources {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Given on the command line; else CHARLIE_CONFIG, `./settings.toml`, `./config/settings.toml`; else defaults alone. */
  readonly configFile?: string;
}

export interface LoadedSettings {
  readonly settings: Settings;
  /** By dotted key, `scheduler.interval_minutes`: every key; of columns and measures of datasets each one. */
  readonly origins: ReadonlyMap<string, Origin>;
  /** Absolute paths of what was read: the settings file first, then `.env`, `.charlie/stack.json` and temporal.toml. */
  readonly files: readonly string[];
}

/** All that is wrong, found in one go. */
export class SettingsInvalid extends Error {
  override readonly name = 'SettingsInvalid';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(describeProblems(problems));
    this.problems = problems;
  }
}

/** Throws SettingsInvalid. */
export function loadSettings(sources: SettingsSources): LoadedSettings {
  const { cwd, env } = sources;
  const problems: Problem[] = [];
  const dotEnv = readDotEnv(cwd, problems);
  const place = findSettingsFile(
    cwd,
    sources.configFile,
    env['CHARLIE_CONFIG'] ?? dotEnv.variables['CHARLIE_CONFIG'],
  );
  const reader: Reader = { base: baseFolder(cwd, place), problems };

  const file = readSettingsFile(cwd, place, problems);
  const stack = readLocalStack(cwd, problems);
  const environment = readVariables(env, (variable) => ({ ...byDefault, variable }), reader);
  const ours = new Map([
    ...file.layer,
    ...readVariables(dotEnv.variables, dotEnv.originOf, reader),
    ...environment,
  ]);
  const byHand = new Map([...workloadIdentityVariables(env, ours), ...ours]);
  const profile = readTemporalProfile(byHand, sources, reader);
  const all = overLocalStack(byHand, overLocalTemporal(profile, stack.layer));

  const sections = readSections(all, reader);
  problems.push(
    ...checkSharePoint(byHand, all),
    ...checkPlace(sections, all),
    ...checkCloud(sections, all),
    ...checkApiKey(byHand, profile),
    ...checkWatch(sections, all),
    ...checkGenerate(sections, all),
    ...checkProcessedFolder(sections, all),
    ...checkApi(sections, all),
  );
  const refused = new Set(problems.map((problem) => problem.key));
  if (!refused.has('scheduler.interval_minutes')) problems.push(...checkJitter(sections, all));
  const origins = new Map(allKeys.map(({ dotted }) => [dotted, all.get(dotted)?.origin ?? byDefault]));
  const { timezone } = sections.scheduler;
  const datasetReader = { ...reader, originOf: file.originOf, origins, timezone };
  const datasets = readDatasets(file.datasets, datasetReader);
  checkDatasets(datasets, datasetReader);

  if (problems.length > 0) throw new SettingsInvalid(inReadingOrder(problems));
  return {
    settings: { ...sections, temporal: temporalSettings(sections.temporal, profile), datasets },
    origins,
    files: [file.path, dotEnv.path, stack.path, profile?.path ?? null].filter((path) => path !== null),
  };
}

function readSections(all: Layer, reader: Reader): CompleteValues {
  const sections: Record<string, Record<string, unknown>> = {};
  for (const { section, name, dotted, rule, default: fallback } of allKeys) {
    const given = all.get(dotted);
    const value = given === undefined ? undefined : readGiven(dotted, rule, given, reader);
    const byItself = { value: fallback, isText: false, origin: byDefault };
    (sections[section] ??= {})[camelCase(name)] =
      value ?? (fallback === null ? null : readGiven(dotted, rule, byItself, reader));
  }
  const values = sections as unknown as SectionsValues;
  const { scheduler, sharepoint } = values;
  const timesAlone = !all.has('scheduler.interval_minutes') && scheduler.quadDailyTimes.length > 0;
  return {
    ...values,
    scheduler: withSite(timesAlone ? { ...scheduler, intervalMinutes: null } : scheduler, all),
    sharepoint: sharepointValues(sharepoint, all),
  };
}

function checkJitter({ scheduler }: SectionsValues, all: Layer): Problem[] {
  const { jitterSeconds, intervalMinutes } = scheduler;
  if (intervalMinutes === null || jitterSeconds <= intervalMinutes * 60) return [];
  return [
    {
      ...(all.get('scheduler.jitter_seconds')?.origin ?? byDefault),
      key: 'scheduler.jitter_seconds',
      message: `is ${jitterSeconds}, more than the ${intervalMinutes} minutes of scheduler.interval_minutes`,
      accepted: `at most ${intervalMinutes * 60}`,
      suggestion: null,
    },
  ];
}

/** With no address of SharePoint left open. */
type CompleteValues = SectionsValues & { readonly sharepoint: ReturnType<typeof sharepointValues> };

/** File by file, each from top to bottom, then the environment. */
function inReadingOrder(problems: readonly Problem[]): Problem[] {
  return problems.toSorted(
    (a, b) => compare(a.file ?? '\uFFFF', b.file ?? '\uFFFF') || (a.line ?? 0) - (b.line ?? 0),
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
