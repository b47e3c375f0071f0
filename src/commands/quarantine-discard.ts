import { Command } from 'commander';

import type { QuarantinedFile } from '../database/queries/claim-quarantined.ts';
import { discardFile } from '../database/queries/discard-file.ts';
import { removeCopy } from '../directory/remove-copy.ts';
import type { CommandContext } from './command-context.ts';
import { configOption, outputOption } from './command-settings.ts';
import { confirm } from './confirm.ts';
import { failRefused, forEachFile } from './each-file.ts';
import { collectFileIds } from './file-ids.ts';
import { commandOwner, counted, decidedBy, type LedgerOptions, withLedger } from './ledger-command.ts';
import { visible } from './visible.ts';

interface Options extends LedgerOptions {
  readonly yes?: true;
}

export function quarantineDiscardCommand(context: CommandContext): Command {
  return new Command('discard')
    .description('give some up: they are not tried again, and their copies in quarantine/ are removed')
    .argument('<id...>', "the files' ids", collectFileIds)
    .option('--yes', 'do not ask')
    .option(...configOption)
    .addOption(outputOption())
    .action((fileIds: readonly number[], options: Options) => discard(context, fileIds, options));
}

async function discard(context: CommandContext, fileIds: readonly number[], options: Options): Promise<void> {
  if (options.yes !== true)
    await confirm(context, `Give ${counted(fileIds.length, 'file')} up, and remove the copies?`);
  await withLedger(context, options, async (sql) => {
    const owner = commandOwner(context, 'discard');
    const by = decidedBy();
    const { done, refused } = await forEachFile(fileIds, async (fileId) => {
      const file = await discardFile(sql, owner, fileId, by);
      return { ...file, isCopyRemoved: await isCopyGone(context, file) };
    });
    if (options.output === 'json') context.stdout(`${JSON.stringify(done.map(inShort))}\n`);
    else for (const { fileId, name } of done) context.stdout(`Discarded  ${fileId}  ${visible(name)}\n`);
    failRefused(refused);
  });
}

/** After the ledger says so: a file that is given up needs no copy, and one that is not must keep it. */
async function isCopyGone({ stderr }: CommandContext, { fileId, copy }: QuarantinedFile): Promise<boolean> {
  const removed = await removeCopy(copy);
  if (removed instanceof Error) stderr(`  ! The copy of ${fileId} stays: ${removed.message}\n`);
  else if (removed === 'absent' && copy !== null)
    stderr(`  ! The copy of ${fileId} is not on this machine: ${copy}\n`);
  return removed === 'removed';
}

function inShort({
  fileId,
  name,
  path,
  isCopyRemoved,
}: QuarantinedFile & { readonly isCopyRemoved: boolean }) {
  return { fileId, name, path, state: 'discarded', isCopyRemoved };
}
