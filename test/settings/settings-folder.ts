import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { onTestFinished } from 'vitest';
import type { LoadedSettings } from '../../src/settings/load-settings.ts';
import { loadSettings, SettingsInvalid } from '../../src/settings/load-settings.ts';
import type { Problem } from '../../src/settings/problem.ts';

/** A new folder with these files, by relative path, until the test ends. */
export function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'charlie settings ')));
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
  });
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

type Env = Readonly<Record<string, string | undefined>>;

export function load(files: Readonly<Record<string, string>>, env: Env = {}): LoadedSettings {
  return loadSettings({ cwd: folderWith(files), env });
}

export function loadToml(toml: string, env: Env = {}): LoadedSettings {
  return load({ 'settings.toml': toml }, env);
}

/** Everything that is wrong with them. */
export function problemsOf(files: Readonly<Record<string, string>>, env: Env = {}): readonly Problem[] {
  try {
    load(files, env);
  } catch (error) {
    if (error instanceof SettingsInvalid) return error.problems;
    throw error;
  }
  return [];
}

export function problemsOfToml(toml: string): readonly Problem[] {
  return problemsOf({ 'settings.toml': toml });
}
