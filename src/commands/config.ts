import { Command } from 'commander';
import type { EffectiveValue } from '../settings/effective-values.ts';
import { effectiveValues, toToml } from '../settings/effective-values.ts';
import type { LoadedSettings } from '../settings/load-settings.ts';
import { loadSettings, SettingsInvalid } from '../settings/load-settings.ts';
import { describeOrigin } from '../settings/problem.ts';
import type { SchedulerSettings, Settings } from '../settings/settings.ts';
import type { CommandContext } from './command-context.ts';
import { CommandFailed, exitCodes } from './command-context.ts';
import { configOption, outputOption } from './command-settings.ts';

interface Options {
  readonly config?: string;
  readonly output: 'text' | 'json';
}

/** `charlie config check` and `charlie config show`. */
export function configCommand(context: CommandContext): Command {
  const command = new Command('config').description('check the settings, or show them as they count');
  command
    .command('check')
    .description('read the settings and report all that is wrong with them')
    .option(...configOption)
    .addOption(outputOption())
    .action((_, self: Command) => {
      check(self.optsWithGlobals<Options>(), context);
    });
  command
    .command('show')
    .description('print every setting with its value; secrets are masked')
    .option('--origin', 'say where each value comes from')
    .option(...configOption)
    .addOption(outputOption())
    .action((_, self: Command) => {
      show(self.optsWithGlobals<Options & { readonly origin?: true }>(), context);
    });
  return command;
}

function check(options: Options, context: CommandContext): void {
  const loaded = load(options, context);
  const summary = summarize(loaded);
  context.stdout(options.output === 'json' ? `${JSON.stringify(summary, null, 2)}\n` : describe(summary));
}

function show(options: Options & { readonly origin?: true }, context: CommandContext): void {
  const values = effectiveValues(load(options, context));
  const text =
    options.output === 'json' ? JSON.stringify(values, null, 2) : aligned(values, options.origin === true);
  context.stdout(`${text}\n`);
}

function load({ config, output }: Options, { cwd, env, stdout }: CommandContext): LoadedSettings {
  try {
    return loadSettings({ cwd, env, ...(config !== undefined && { configFile: config }) });
  } catch (error) {
    if (!(error instanceof SettingsInvalid)) throw error;
    if (output === 'json') stdout(`${JSON.stringify({ valid: false, problems: error.problems }, null, 2)}\n`);
    throw new CommandFailed(exitCodes.settings, error.message, { cause: error });
  }
}

/** One block a section, its origins in one column; of a line that is longer, the origin follows where it ends. */
function aligned(values: readonly EffectiveValue[], withOrigin: boolean): string {
  const sections = Map.groupBy(values, ({ key }) =>
    key.split('.', key.startsWith('datasets.') ? 2 : 1).join('.'),
  );
  const blocks = [...sections.values()].map((section) => {
    const lines = section.map((each) => ({ text: toToml(each), origin: describeOrigin(each.origin) }));
    const width = Math.max(...lines.map(({ text }) => (text.length <= 72 ? text.length : 0)));
    return lines
      .map(({ text, origin }) => (withOrigin ? `${text.padEnd(width)}  # ${origin}` : text))
      .join('\n');
  });
  return blocks.join('\n\n');
}

interface Summary {
  readonly valid: true;
  readonly files: readonly string[];
  readonly cadence: string;
  readonly source: string;
  readonly datasets: readonly DatasetSummary[];
}

interface DatasetSummary {
  readonly name: string;
  readonly enabled: boolean;
  readonly patterns: readonly string[];
  readonly columns: number;
  readonly measures: number;
}

function summarize({ settings, files }: LoadedSettings): Summary {
  return {
    valid: true,
    files,
    cadence: cadence(settings.scheduler),
    source: source(settings),
    datasets: settings.datasets.map(({ name, enabled, patterns, columns, measures }) => {
      return { name, enabled, patterns, columns: columns.length, measures: measures.length };
    }),
  };
}

function cadence({ enabled, intervalMinutes, quadDailyTimes, timezone }: SchedulerSettings): string {
  const every = intervalMinutes === null ? [] : [`every ${intervalMinutes} minutes`];
  const times = quadDailyTimes.length === 0 ? [] : [`at ${quadDailyTimes.join(', ')} (${timezone})`];
  return `${enabled ? '' : 'paused; '}${[...every, ...times].join(' and ')}`;
}

function source({ scheduler }: Settings): string {
  if (scheduler.sharepointSiteUrl === null) return 'none set: `charlie up` brings a simulator';
  return `${scheduler.sharepointSiteUrl}, folder ${scheduler.sharepointFolder}`;
}

function describe({ files, cadence: when, source: where, datasets }: Summary): string {
  const longest = Math.max(0, ...datasets.map(({ name }) => name.length));
  const rows = datasets.map(({ name, enabled, columns, measures, patterns }) => {
    const counts = `${count(columns, 'column')}, ${count(measures, 'measure')}`.padEnd(24);
    return `    ${name.padEnd(longest)}  ${counts}  ${enabled ? patterns.join(', ') : 'not enabled'}`;
  });
  return [
    'The settings are valid.',
    '',
    `  files       ${files.length === 0 ? 'none: the defaults alone' : files.join('\n              ')}`,
    `  sync        ${when}`,
    `  SharePoint  ${where}`,
    `  datasets    ${datasets.length === 0 ? 'none: every file is unknown' : datasets.length}`,
    ...rows,
    '',
  ].join('\n');
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
