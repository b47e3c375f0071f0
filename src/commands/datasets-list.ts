import { Command } from 'commander';

import type { Dataset } from '../domain/dataset.ts';
import type { CommandContext } from './command-context.ts';
import { commandSettings, configOption, outputOption } from './command-settings.ts';
import { textTable } from './text-table.ts';

interface Options {
  readonly config?: string;
  readonly output: string;
}

export function datasetsListCommand(context: CommandContext): Command {
  return new Command('list')
    .description('list the datasets of the settings, in the order in which they take files')
    .option(...configOption)
    .addOption(outputOption())
    .action((options: Options) => {
      list(context, options);
    });
}

function list(context: CommandContext, options: Options): void {
  const datasets = commandSettings(context, options).datasets.map(summary);
  if (options.output === 'json') context.stdout(`${JSON.stringify(datasets)}\n`);
  else if (datasets.length === 0)
    context.stdout('There are no datasets. To begin with one: charlie datasets infer FILE\n');
  else context.stdout(`\n${table(datasets, context.columns)}\n`);
}

function summary({ name, enabled, patterns, columns, key, eventTime }: Dataset) {
  return { name, enabled, patterns, table: `datasets.${name}`, columns: columns.length, key, eventTime };
}

function table(datasets: readonly ReturnType<typeof summary>[], width: number): string {
  return textTable(
    [
      { head: 'name' },
      { head: 'enabled' },
      { head: 'patterns', shrinks: true },
      { head: 'columns', align: 'right' },
      { head: 'key', shrinks: true },
      { head: 'event time', shrinks: true },
      { head: 'table', shrinks: true },
    ],
    datasets.map(({ name, enabled, patterns, columns, key, eventTime, ...dataset }) => [
      name,
      enabled ? 'yes' : 'no',
      patterns.join(', '),
      String(columns),
      key.length === 0 ? '-' : key.join(', '),
      eventTime ?? '-',
      dataset.table,
    ]),
    width,
  );
}
