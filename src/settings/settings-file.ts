import { statSync } from 'node:fs';
import { basename, dirname, isAbsolute, relative, resolve } from 'node:path';

import type { Given, Layer } from './given.ts';
import type { Origin, Problem } from './problem.ts';
import { byDefault } from './problem.ts';
import { allKeys, settingKeys } from './setting-keys.ts';
import type { Table } from './table.ts';
import { isTable } from './table.ts';
import { readTomlFile } from './toml-file.ts';
import { unknownKey, unknownSection } from './unknown-key.ts';

export interface SettingsFile {
  readonly path: string | null;
  readonly layer: Layer;
  /** What `[datasets]` holds, as written. */
  readonly datasets: unknown;
  readonly originOf: (key: string) => Origin;
}

/** Where to look: a file that was named has to exist, the usual places need not. */
export interface SettingsFilePlace {
  readonly path: string;
  /** The variable that named it. */
  readonly variable: string | null;
}

export function findSettingsFile(
  cwd: string,
  configFile: string | undefined,
  variable: string | undefined,
): SettingsFilePlace | null {
  if (configFile !== undefined) return { path: resolve(cwd, configFile), variable: null };
  if (variable !== undefined && variable !== '')
    return { path: resolve(cwd, variable), variable: 'CHARLIE_CONFIG' };
  const usual = [resolve(cwd, 'settings.toml'), resolve(cwd, 'config/settings.toml')];
  const path = usual.find((each) => statSync(each, { throwIfNoEntry: false }) !== undefined);
  return path === undefined ? null : { path, variable: null };
}

/** The folder that relative paths start from: that of the settings file, or the one above when it is called `config`. */
export function baseFolder(cwd: string, place: SettingsFilePlace | null): string {
  if (place === null) return cwd;
  const folder = dirname(place.path);
  return basename(folder) === 'config' ? dirname(folder) : folder;
}

export function readSettingsFile(
  cwd: string,
  place: SettingsFilePlace | null,
  problems: Problem[],
): SettingsFile {
  if (place === null) return { path: null, layer: new Map(), datasets: undefined, originOf: () => byDefault };
  const file = displayPath(cwd, place.path);
  const origin: Origin = { file, line: null, variable: place.variable };
  const { document, originOf } = readTomlFile(place.path, origin, 'a settings file in TOML', problems);
  const { datasets, ...sections } = document;
  return { path: place.path, layer: readSections(sections, originOf, problems), datasets, originOf };
}

function readSections(sections: Table, originOf: (key: string) => Origin, problems: Problem[]): Layer {
  const layer = new Map<string, Given>();
  for (const [section, table] of Object.entries(sections)) {
    if (!Object.hasOwn(settingKeys, section)) {
      problems.push(unknownSection(section, originOf(section)));
    } else if (!isTable(table)) {
      const accepted = `a table, [${section}]`;
      const message = 'is a single value';
      problems.push({ ...originOf(section), key: section, message, accepted, suggestion: null });
    } else {
      for (const [name, value] of Object.entries(table)) {
        const dotted = `${section}.${name}`;
        const isKnown = allKeys.some((key) => key.dotted === dotted);
        if (isKnown) layer.set(dotted, { value, isText: false, origin: originOf(dotted) });
        else problems.push(unknownKey(section, name, originOf(dotted)));
      }
    }
  }
  return layer;
}

export function displayPath(cwd: string, path: string): string {
  const shown = relative(cwd, path);
  return shown.startsWith('..') || isAbsolute(shown) ? path : shown;
}
