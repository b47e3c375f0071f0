import { Command, Option } from 'commander';

import type { Sql } from '../database/connection.ts';
import { findRun } from '../database/queries/find-run.ts';
import { inPurgeOrder, type PurgedFile, purgeFile, readLoadedBy } from '../database/queries/purge-file.ts';
import { assertThere } from '../directory/put-back.ts';
import { type CommandContext, CommandFailed, exitCodes } from './command-context.ts';
import { configOption, outputOption } from './command-settings.ts';
import { confirm } from './confirm.ts';
import { failRefused, forEachFile } from './each-file.ts';
import { collectFileIds } from './file-ids.ts';
import { commandOwner, counted, decidedBy, type LedgerOptions, withLedger } from './ledger-command.ts';
import { nextRunText } from './next-run-text.ts';
import { purgeText, totalText } from './purge-text.ts';

interface Options extends LedgerOptions {
  readonly file?: readonly number[];
  readonly run?: string;
  readonly reload?: true;
  readonly dryRun?: true;
  readonly yes?: true;
}

export function purgeCommand(context: CommandContext): Command {
  return new Command('purge')
    .description('take the rows of loaded files out again')
    .addOption(new Option('--file <id...>', "the files' ids").argParser(collectFileIds))
    .option('--run <run>', 'every file that this run has loaded: its run id, or its workflow id')
    .option('--reload', 'have the next run load the same files again, in place of never')
    .option('--dry-run', 'say what would be done, and change nothing')
    .option('--yes', 'do not ask')
    .option(...configOption)
    .addOption(outputOption())
    .action((options: Options) => purge(context, options));
}

async function purge(context: CommandContext, options: Options): Promise<void> {
  if ((options.file === undefined) === (options.run === undefined))
    throw new CommandFailed(exitCodes.usage, 'Name files with --file, or a run with --run: one of the two.');
  await withLedger(context, options, async (sql) => {
    const owner = commandOwner(context, 'purge');
    const rules = { by: decidedBy(), reload: options.reload === true, assertThere };
    const purgeAll = (fileIds: readonly number[], dryRun: boolean) =>
      forEachFile(fileIds, (fileId) => purgeFile(sql, owner, fileId, { ...rules, dryRun }));

    const named = await chosen(sql, options);
    if (options.dryRun === true) {
      const { done, refused } = await purgeAll(named, true);
      report(context, done, options);
      failRefused(refused);
      return;
    }
    const preview = options.yes === true ? null : await purgeAll(named, true);
    if (preview !== null && preview.done.length > 0) {
      context.stderr(purgeText(preview.done, context.columns));
      await confirm(context, `Purge ${counted(preview.done.length, 'file')}?`);
    }
    const { done, refused } = await purgeAll(preview?.done.map(({ fileId }) => fileId) ?? named, false);
    report(context, done, options);
    failRefused([...(preview?.refused ?? []), ...refused]);
  });
}

async function chosen(sql: Sql, { file, run }: Options): Promise<readonly number[]> {
  return run === undefined ? inPurgeOrder(sql, file ?? []) : readLoadedBy(sql, await findRun(sql, run));
}

function report(context: CommandContext, files: readonly PurgedFile[], options: Options): void {
  const dryRun = options.dryRun === true;
  if (options.output === 'json') context.stdout(`${JSON.stringify({ dryRun, files: files.map(inShort) })}\n`);
  else if (files.length === 0) context.stdout('Nothing to purge.\n');
  // Who was asked has seen the files.
  else if (dryRun || options.yes === true) context.stdout(purgeText(files, context.columns));
  else context.stdout(`Purged: ${totalText(files)}.\n`);
  if (dryRun || files.length === 0 || options.output === 'json') return;
  if (options.reload === true) context.stderr(nextRunText(files));
  else context.stderr('  Figures and workbooks follow with the next runs. At once: charlie trigger\n');
}

function inShort({ fileId, name, path, dataset, rows, hours, duplicates, replaced }: PurgedFile) {
  return { fileId, name, path, dataset, rows, hours, duplicates, replaced };
}
