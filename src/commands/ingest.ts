import { resolve } from 'node:path';

import { Command } from 'commander';

import { maxPathBytes } from '../domain/sync-run.ts';
import { type CommandContext, CommandFailed, exitCodes } from './command-context.ts';
import { configOption, outputOption } from './command-settings.ts';
import { withRunConfig } from './run-config-options.ts';
import { type RunHereOptions, runHere } from './run-here.ts';

export function ingestCommand(context: CommandContext): Command {
  return withRunConfig(
    new Command('ingest')
      .description(
        "load local files; without a path, what lies in ingestion_dir and matches a dataset's pattern",
      )
      .argument('[path...]', 'files and folders'),
  )
    .option(...configOption)
    .addOption(outputOption())
    .action((paths: string[], options: RunHereOptions) => ingest(context, paths, options));
}

async function ingest(
  context: CommandContext,
  paths: readonly string[],
  options: RunHereOptions,
): Promise<void> {
  const absolute = paths.map((path) => resolve(context.cwd, path));
  if (Buffer.byteLength(absolute.join('')) > maxPathBytes) {
    throw new CommandFailed(
      exitCodes.usage,
      `${absolute.length} paths are too many for one run. Name the folder that holds them.`,
    );
  }
  await runHere(context, options, 'ingest', (ingestionDir) => ({
    kind: 'directory',
    paths: absolute.length > 0 ? absolute : [ingestionDir],
  }));
}
