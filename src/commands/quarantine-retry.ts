import { Command, Option } from 'commander';

import type { Sql } from '../database/connection.ts';
import type { QuarantinedFile } from '../database/queries/claim-quarantined.ts';
import { listLedger } from '../database/queries/list-ledger.ts';
import { retryFile } from '../database/queries/retry-file.ts';
import { putBack } from '../directory/put-back.ts';
import { type CommandContext, CommandFailed, exitCodes } from './command-context.ts';
import { configOption, outputOption } from './command-settings.ts';
import { failRefused, forEachFile } from './each-file.ts';
import { collectFileIds } from './file-ids.ts';
import { commandOwner, counted, decidedBy, type LedgerOptions, withLedger } from './ledger-command.ts';
import { nextRunText } from './next-run-text.ts';
import { visible } from './visible.ts';

interface Options extends LedgerOptions {
  readonly all?: true;
  readonly dataset?: string;
  readonly acceptShrunk?: true;
}

export function quarantineRetryCommand(context: CommandContext): Command {
  return new Command('retry')
    .description('put some, or all, back in line, after a fix of the files or of the settings')
    .argument('[id...]', "the files' ids", collectFileIds)
    .option('--all', 'every file in quarantine')
    .addOption(new Option('--dataset <name>', 'with --all: only those of this dataset'))
    .option(
      '--accept-shrunk',
      'load those that were held back since they have lost more than half of their rows',
    )
    .option(...configOption)
    .addOption(outputOption())
    .action((fileIds: readonly number[], options: Options) => retry(context, fileIds, options));
}

async function retry(context: CommandContext, fileIds: readonly number[], options: Options): Promise<void> {
  assertClear(fileIds, options);
  await withLedger(context, options, async (sql) => {
    const owner = commandOwner(context, 'retry');
    const decision = { by: decidedBy(), acceptShrunk: options.acceptShrunk === true, putBack };
    const { done, refused } = await forEachFile(
      options.all === true ? await inQuarantine(sql, options.dataset ?? null) : fileIds,
      (fileId) => retryFile(sql, owner, fileId, decision),
    );
    if (options.output === 'json') context.stdout(`${JSON.stringify(done.map(inShort))}\n`);
    else context.stdout(inWords(done));
    if (options.output !== 'json') context.stderr(nextRunText(done));
    if (options.acceptShrunk !== true) context.stderr(shrunkText(done));
    // Of all, some are past help; of those that somebody has named, none should be.
    if (options.all === true) for (const { message } of refused) context.stderr(`  ! ${message}\n`);
    else failRefused(refused);
  });
}

function assertClear(fileIds: readonly number[], { all, dataset }: Options): void {
  if (fileIds.length > 0 === (all === true))
    throw new CommandFailed(exitCodes.usage, 'Name the ids of files, or say --all: one of the two.');
  if (dataset !== undefined && all !== true)
    throw new CommandFailed(exitCodes.usage, '--dataset goes with --all; ids need none.');
}

/** Oldest first. */
async function inQuarantine(sql: Sql, dataset: string | null): Promise<number[]> {
  const filter = { state: 'quarantined', dataset, runId: null, name: null, limit: 1_000_000 } as const;
  const { files } = await listLedger(sql, filter);
  return files.map(({ fileId }) => fileId).reverse();
}

function inShort({ fileId, name, path, sourceKind }: QuarantinedFile) {
  return { fileId, name, path, sourceKind, state: 'pending' };
}

function inWords(files: readonly QuarantinedFile[]): string {
  if (files.length === 0) return 'No file was put back in line.\n';
  const lines = files.map(({ fileId, name }) => `  ${fileId}  ${visible(name)}\n`);
  return `Back in line: ${counted(files.length, 'file')}.\n${lines.join('')}`;
}

function shrunkText(files: readonly QuarantinedFile[]): string {
  const shrunk = files.filter(({ reason }) => reason === 'replacement_shrunk').map(({ fileId }) => fileId);
  if (shrunk.length === 0) return '';
  return `  ! ${shrunk.join(', ')}: held back again unless the version before has changed, or --accept-shrunk was said.\n`;
}
