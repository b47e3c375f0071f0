import { Command } from 'commander';

import { type LedgerEntry, listLedger } from '../database/queries/list-ledger.ts';
import type { Settings } from '../settings/settings.ts';
import type { CommandContext } from './command-context.ts';
import { configOption, outputOption } from './command-settings.ts';
import { type LedgerOptions, timeText, withLedger } from './ledger-command.ts';
import { limitOption, moreText } from './limit-option.ts';
import { textTable } from './text-table.ts';

interface Options extends LedgerOptions {
  readonly limit: number;
}

export function quarantineListCommand(context: CommandContext): Command {
  return new Command('list')
    .description('list them, newest first')
    .addOption(limitOption())
    .option(...configOption)
    .addOption(outputOption())
    .action((options: Options) => list(context, options));
}

async function list(context: CommandContext, options: Options): Promise<void> {
  const filter = { state: 'quarantined', dataset: null, runId: null, name: null } as const;
  await withLedger(context, options, async (sql, settings) => {
    const { files, total } = await listLedger(sql, { ...filter, limit: options.limit });
    if (options.output === 'json') {
      context.stdout(`${JSON.stringify(files)}\n`);
      return;
    }
    if (files.length === 0) {
      context.stdout('Nothing is in quarantine.\n');
      return;
    }
    context.stdout(`\n${table(files, settings, context.columns)}\n`);
    context.stderr(moreText(files.length, total));
    context.stderr('  Why, and what to do: charlie quarantine show ID\n\n');
  });
}

function table(files: readonly LedgerEntry[], settings: Settings, width: number): string {
  return textTable(
    [
      { head: 'id', align: 'right' },
      { head: 'file', shrinks: true },
      { head: 'dataset', shrinks: true },
      { head: 'reason' },
      { head: 'when' },
      { head: 'run', shrinks: true },
    ],
    files.map(({ fileId, name, dataset, reason, at, workflowId, runId }) => [
      String(fileId),
      name,
      dataset,
      reason ?? '',
      timeText(at, settings),
      workflowId ?? runId,
    ]),
    width,
  );
}
