import { Command, Option } from 'commander';

import { findRun } from '../database/queries/find-run.ts';
import { type LedgerEntry, listLedger } from '../database/queries/list-ledger.ts';
import { patternToRegex } from '../domain/file-pattern.ts';
import { type FileState, fileStates } from '../domain/file-state.ts';
import type { Settings } from '../settings/settings.ts';
import type { CommandContext } from './command-context.ts';
import { configOption, outputOption } from './command-settings.ts';
import { type LedgerOptions, timeText, withLedger } from './ledger-command.ts';
import { limitOption, moreText } from './limit-option.ts';
import { textTable } from './text-table.ts';

interface Options extends LedgerOptions {
  readonly state?: FileState;
  readonly dataset?: string;
  readonly run?: string;
  readonly name?: string;
  readonly limit: number;
}

export function filesCommand(context: CommandContext): Command {
  return new Command('files')
    .description('list the files of the ledger, with their ids and what has become of them')
    .addOption(new Option('--state <state>', 'only those in this state').choices(Object.keys(fileStates)))
    .option('--dataset <name>', 'only those of this dataset')
    .option('--run <run>', 'only those that this run had to handle: its run id, or its workflow id')
    .option('--name <glob>', 'only those with such a name; * and ? stand for any characters, and for one')
    .addOption(limitOption())
    .option(...configOption)
    .addOption(outputOption())
    .action((options: Options) => list(context, options));
}

async function list(context: CommandContext, options: Options): Promise<void> {
  await withLedger(context, options, async (sql, settings) => {
    const { files, total } = await listLedger(sql, {
      state: options.state ?? null,
      dataset: options.dataset ?? null,
      runId: options.run === undefined ? null : await findRun(sql, options.run),
      name: options.name === undefined ? null : patternToRegex(options.name),
      limit: options.limit,
    });
    if (options.output === 'json') context.stdout(`${JSON.stringify(files)}\n`);
    else if (files.length === 0) context.stdout('The ledger has no such file.\n');
    else context.stdout(`\n${table(files, settings, context.columns)}\n`);
    if (options.output !== 'json') context.stderr(moreText(files.length, total));
  });
}

function table(files: readonly LedgerEntry[], settings: Settings, width: number): string {
  return textTable(
    [
      { head: 'id', align: 'right' },
      { head: 'file', shrinks: true },
      { head: 'dataset', shrinks: true },
      { head: 'state' },
      { head: 'rows', align: 'right' },
      { head: 'since' },
    ],
    files.map(({ fileId, name, dataset, state, reason, rowsLoaded, at }) => [
      String(fileId),
      name,
      dataset,
      state === 'pending' && reason !== null ? `pending: ${reason}` : state,
      state === 'ingested' ? (rowsLoaded ?? 0).toLocaleString('en') : '',
      timeText(at, settings),
    ]),
    width,
  );
}
