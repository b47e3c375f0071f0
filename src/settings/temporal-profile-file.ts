import { statSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import process from 'node:process';

import type { Variables } from './environment.ts';
import type { Given, Layer } from './given.ts';
import { nearest } from './nearest.ts';
import type { Origin, Problem } from './problem.ts';
import { byDefault } from './problem.ts';
import { quoted } from './rules.ts';
import { displayPath } from './settings-file.ts';
import type { Table } from './table.ts';
import { isTable } from './table.ts';
import { readTomlFile, type TomlFile } from './toml-file.ts';

type GivenText = Given & { readonly value: string };

export interface ProfileChoice {
  readonly name: GivenText;
  /** Absolute. Null: this user has no temporal.toml, and none was named. */
  readonly file: GivenText | null;
}

export interface ProfileFile {
  /** TOML; empty without a file. */
  readonly text: string;
  /** Null: there is no such profile, and there need not be. */
  readonly table: Table | null;
  readonly originOf: (key: string) => Origin;
}

export interface ProfilePlaces {
  readonly cwd: string;
  /** Absolute folder that relative paths in the settings start from. */
  readonly base: string;
  readonly env: Variables;
}

/** The profile that counts when a file is named and no profile is. */
const standardName = 'default';

/**
 * Null when the settings choose no profile. Only they do: what an operator's shell tells the `temporal` CLI sends no
 * worker elsewhere. The variables TEMPORAL_PROFILE and TEMPORAL_CONFIG_FILE add what the settings leave open.
 */
export function chooseProfile(byHand: Layer, { cwd, base, env }: ProfilePlaces): ProfileChoice | null {
  const [nameByHand, fileByHand] = [byHand.get('temporal.profile'), byHand.get('temporal.config_file')];
  if (nameByHand === undefined && fileByHand === undefined) return null;
  const name = nameByHand ?? fromVariable('TEMPORAL_PROFILE', env) ?? given(standardName);
  const file =
    inFolder(base, fileByHand) ?? inFolder(cwd, fromVariable('TEMPORAL_CONFIG_FILE', env)) ?? usualFile(env);
  // Whoever reads all settings reports a value that is no text.
  return isText(name) && (file === null || isText(file)) ? { name, file } : null;
}

/** Null after adding the problem when there is no such file or profile. `isAddressKnown`: the standard profile may be missing. */
export function readProfileFile(
  { name, file }: ProfileChoice,
  isAddressKnown: boolean,
  cwd: string,
  problems: Problem[],
): ProfileFile | null {
  const read = file === null ? noFile : readFile(file, cwd, problems);
  if (read === null) return null;
  const { text, originOf } = read;
  const profiles = isTable(read.document['profile']) ? read.document['profile'] : {};
  const table = Object.hasOwn(profiles, name.value) ? profiles[name.value] : null;
  if (isTable(table)) return { text, table, originOf };
  if (table === null && name.value === standardName && isAddressKnown) return { text, table, originOf };
  problems.push(
    table === null
      ? missingProfile(name, read.shown, Object.keys(profiles))
      : noTable(`profile.${name.value}`, originOf),
  );
  return null;
}

interface ReadFile extends TomlFile {
  /** As people know it; null without a file. */
  readonly shown: string | null;
}

const noFile: ReadFile = { text: '', document: {}, originOf: () => byDefault, shown: null };

function readFile({ value, origin }: GivenText, cwd: string, problems: Problem[]): ReadFile | null {
  const before = problems.length;
  const shown = displayPath(cwd, value);
  const named: Origin = { file: shown, line: null, variable: origin.variable };
  const read = readTomlFile(value, named, 'a temporal.toml with tables [profile.NAME]', problems);
  return problems.length > before ? null : { ...read, shown };
}

function missingProfile(name: ProfileChoice['name'], file: string | null, known: readonly string[]): Problem {
  return {
    ...(name.origin === byDefault ? { ...byDefault, file } : name.origin),
    key: 'temporal.profile',
    message: `is ${JSON.stringify(name.value)}, and ${file === null ? 'there is no temporal.toml' : `${file} has no such profile`}`,
    accepted:
      known.length > 0
        ? `one of its profiles: ${known.join(', ')}`
        : 'a profile of the file that temporal.config_file or TEMPORAL_CONFIG_FILE names',
    suggestion: quoted(nearest(name.value, known)),
  };
}

function noTable(key: string, originOf: TomlFile['originOf']): Problem {
  const message = 'is a single value';
  return { ...originOf(key), key, message, accepted: `a table, [${key}]`, suggestion: null };
}

export function fromVariable(variable: string, env: Variables): Given | null {
  const value = env[variable] ?? '';
  return value === '' ? null : { value, isText: true, origin: { ...byDefault, variable } };
}

function given(value: string): Given {
  return { value, isText: true, origin: byDefault };
}

function inFolder(folder: string, path: Given | null | undefined): Given | null {
  if (path === null || path === undefined) return null;
  return typeof path.value === 'string' ? { ...path, value: resolve(folder, path.value) } : path;
}

function isText(text: Given): text is GivenText {
  return typeof text.value === 'string' && text.value.trim() !== '';
}

/** Where the `temporal` CLI keeps it; null when it is not there. */
function usualFile(env: Variables): Given | null {
  const path = usualPath(env);
  const exists = path !== null && statSync(path, { throwIfNoEntry: false }) !== undefined;
  return exists ? given(path) : null;
}

function usualPath({
  XDG_CONFIG_HOME: xdg = '',
  HOME: home = '',
  APPDATA: appData = '',
}: Variables): string | null {
  const byPlatform: Partial<Record<NodeJS.Platform, string>> = {
    win32: appData,
    darwin: home === '' ? '' : join(home, 'Library', 'Application Support'),
  };
  const folder = byPlatform[process.platform] ?? (xdg === '' && home !== '' ? join(home, '.config') : xdg);
  return isAbsolute(folder) ? join(folder, 'temporalio', 'temporal.toml') : null;
}
