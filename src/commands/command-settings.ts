import { Option } from 'commander';

import { loadSettings } from '../settings/load-settings.ts';
import type { Secret } from '../settings/secret.ts';
import type { Settings } from '../settings/settings.ts';
import { type CommandContext, CommandFailed, exitCodes } from './command-context.ts';

/** The option that every command which reads the settings has. */
export interface ConfigOption {
  readonly config?: string;
}

export const configOption = [
  '--config <file>',
  'settings file (default: $CHARLIE_CONFIG, ./settings.toml, ./config/settings.toml)',
] as const;
export function outputOption(): Option {
  return new Option('--output <format>', 'how to print').choices(['text', 'json']).default('text');
}

/** Throws SettingsInvalid with every problem. */
export function commandSettings(context: CommandContext, { config }: ConfigOption): Settings {
  return loadSettings({
    cwd: context.cwd,
    env: context.env,
    ...(config === undefined ? {} : { configFile: config }),
  }).settings;
}

export function requireDatabaseUrl(settings: Settings): Secret {
  if (settings.database.url !== null) return settings.database.url;
  throw new CommandFailed(
    exitCodes.settings,
    'No database is configured. Set CHARLIE_DATABASE__URL (or CHARLIE_DATABASE__URL_FILE) to postgres://user:password@host:5432/name, ' +
      'or start everything locally with `charlie up` and try again beside it.',
  );
}
