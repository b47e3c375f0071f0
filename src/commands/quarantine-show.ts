import { Command } from 'commander';

import { type QuarantinedDetails, readQuarantinedFile } from '../database/queries/read-quarantined-file.ts';
import { quarantineReasons } from '../domain/quarantine-reasons.ts';
import { exists } from '../local/file-exists.ts';
import type { Settings } from '../settings/settings.ts';
import type { CommandContext } from './command-context.ts';
import { configOption, outputOption } from './command-settings.ts';
import { type FactLine, factLines } from './fact-lines.ts';
import { parseFileId } from './file-ids.ts';
import { counted, type LedgerOptions, timeText, withLedger } from './ledger-command.ts';

export function quarantineShowCommand(context: CommandContext): Command {
  return new Command('show')
    .description('say all that is known of one, why it was refused, and what to do')
    .argument('<id>', "the file's id", parseFileId)
    .option(...configOption)
    .addOption(outputOption())
    .action((fileId: number, options: LedgerOptions) => show(context, fileId, options));
}

async function show(context: CommandContext, fileId: number, options: LedgerOptions): Promise<void> {
  await withLedger(context, options, async (sql, settings) => {
    const file = await readQuarantinedFile(sql, fileId);
    const explained = { ...file, ...quarantineReasons[file.reason] };
    if (options.output === 'json') context.stdout(`${JSON.stringify(explained)}\n`);
    else context.stdout(factLines(await linesOf(file, settings)));
  });
}

async function linesOf(file: QuarantinedDetails, settings: Settings): Promise<FactLine[]> {
  const explained = quarantineReasons[file.reason];
  const { fileId, sourceKind, earlier } = file;
  return [
    ['file', `${file.name} (${fileId})`],
    ['reason', file.reason],
    ['means', explained?.means ?? ''],
    ['what to do', explained?.toDo ?? ''],
    ['detail', file.detail ?? ''],
    ['', ''],
    ['dataset', file.dataset],
    ['source', sourceKind === 'directory' ? 'local files' : file.source],
    ['path', file.path],
    ['size', counted(file.sizeBytes, 'byte')],
    ['SHA-256', file.sha256 ?? ''],
    ['modified', timeText(file.modifiedAt, settings)],
    ['', ''],
    ['quarantined', `${timeText(file.quarantinedAt, settings)}, by ${file.workflowId ?? file.runId}`],
    ['copy', await copyText(file)],
    ...(file.takedowns > 0 ? [['takedowns', takedownsText(file)] as const] : []),
    [
      'stays loaded',
      earlier === null
        ? 'nothing of it'
        : `file ${earlier.fileId}, the version before: ${counted(earlier.rows, 'row')}`,
    ],
    ['again', againText(file)],
  ];
}

async function copyText({ copy }: QuarantinedDetails): Promise<string> {
  if (copy === null) return 'not known';
  return (await exists(copy)) ? copy : `${copy} (not there on this machine)`;
}

/** Of a file that was refused for them, the ledger keeps as many as have it read alone. */
function takedownsText({ takedowns }: QuarantinedDetails): string {
  if (takedowns === 1) return 'a worker process was lost while it read it';
  return 'worker processes were lost while they read it, so it is read alone';
}

function againText({ fileId, sourceKind, isListed, reason }: QuarantinedDetails): string {
  if (sourceKind === 'sharepoint' && !isListed)
    return 'not possible: it was deleted at its source, or a newer version is listed';
  const accept = reason === 'replacement_shrunk' ? ' --accept-shrunk' : '';
  return `charlie quarantine retry ${fileId}${accept}`;
}
