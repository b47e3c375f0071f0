import { basename, resolve } from 'node:path';

import { Command } from 'commander';

import type { Dataset } from '../domain/dataset.ts';
import { takenBy } from '../domain/file-pattern.ts';
import { checkFile } from '../ingest/check-file.ts';
import { assertLocalFile } from './assert-local-file.ts';
import { type CommandContext, CommandFailed, exitCodes } from './command-context.ts';
import { commandSettings, configOption, outputOption } from './command-settings.ts';
import { checkText } from './datasets-check-text.ts';
import { type FileVerdict, verdictOf } from './file-verdict.ts';
import { limitOption } from './limit-option.ts';

interface Options {
  readonly config?: string;
  readonly output: string;
  readonly dataset?: string;
  readonly limit: number;
}

export function datasetsCheckCommand(context: CommandContext): Command {
  return new Command('check')
    .description('say what would happen to files, row by row, without a database')
    .argument('<file...>', 'local files')
    .option('--dataset <name>', "the dataset that takes them (default: by the files' names)")
    .addOption(limitOption('how many rejected rows are shown of a file', 100))
    .option(...configOption)
    .addOption(outputOption())
    .action((files: string[], options: Options) => check(context, files, options));
}

async function check(context: CommandContext, files: readonly string[], options: Options): Promise<void> {
  const { datasets } = commandSettings(context, options);
  const named = options.dataset === undefined ? null : findDataset(datasets, options.dataset);
  const paths = files.map((file) => resolve(context.cwd, file));
  for (const path of paths) await assertLocalFile(path);

  const verdicts: FileVerdict[] = [];
  for (const path of paths) {
    const taken = named === null ? takenBy(basename(path), datasets) : { dataset: named, pattern: null };
    const checked = taken === null ? null : await checkFile(path, taken.dataset, options.limit);
    const verdict = verdictOf(path, taken, checked);
    verdicts.push(verdict);
    if (options.output !== 'json') context.stdout(checkText(verdict, context.columns));
  }
  if (options.output === 'json') context.stdout(`${JSON.stringify(verdicts)}\n`);
  const unclean = verdicts.filter(({ verdict }) => verdict !== 'clean').length;
  if (unclean > 0)
    throw new CommandFailed(
      exitCodes.failed,
      files.length === 1
        ? 'The file would not be loaded whole.'
        : `${unclean} of ${files.length} files would not be loaded whole.`,
    );
}

function findDataset(datasets: readonly Dataset[], name: string): Dataset {
  const dataset = datasets.find((each) => each.name === name);
  if (dataset !== undefined) return dataset;
  const names = datasets.map((each) => each.name).join(', ');
  throw new CommandFailed(
    exitCodes.usage,
    `The settings have no dataset "${name}". ${names === '' ? 'They have none at all.' : `They have: ${names}.`}`,
  );
}
