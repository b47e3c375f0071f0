import { basename, resolve } from 'node:path';

import { Command } from 'commander';

import { FileUnreadable } from '../ingest/file-unreadable.ts';
import { inferDataset } from '../ingest/infer-dataset.ts';
import type { Sample } from '../ingest/sample.ts';
import { readSample } from '../ingest/sample.ts';
import { assertLocalFile } from './assert-local-file.ts';
import { type CommandContext, CommandFailed, exitCodes } from './command-context.ts';
import { datasetToml } from './dataset-toml.ts';

export function datasetsInferCommand(context: CommandContext): Command {
  return new Command('infer')
    .description('write a dataset for a file, as TOML to be pasted into the settings')
    .argument('<file>', 'a local file')
    .action((file: string) => infer(context, file));
}

async function infer(context: CommandContext, file: string): Promise<void> {
  const path = resolve(context.cwd, file);
  await assertLocalFile(path);
  const sample = await sampleOf(path);
  const dataset = inferDataset(basename(path), sample);
  if (dataset.columns.length === 0) {
    throw new CommandFailed(
      exitCodes.failed,
      `No header of ${path} can name a column: each is empty, or stands there more than once. Correct its first line.`,
    );
  }
  context.stdout(datasetToml(basename(path), sample, dataset));
}

async function sampleOf(path: string): Promise<Sample> {
  try {
    return await readSample(path);
  } catch (error) {
    if (!(error instanceof FileUnreadable)) throw error;
    throw new CommandFailed(exitCodes.failed, `${path}: ${error.reason}: ${error.message}`, { cause: error });
  }
}
