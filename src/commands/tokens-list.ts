import { Command } from 'commander';

import { type ApiToken, listTokens } from '../database/queries/api-tokens.ts';
import type { Settings } from '../settings/settings.ts';
import type { CommandContext } from './command-context.ts';
import { configOption, outputOption } from './command-settings.ts';
import { type LedgerOptions, timeText, withLedger } from './ledger-command.ts';
import { textTable } from './text-table.ts';

export function tokensListCommand(context: CommandContext): Command {
  return new Command('list')
    .description('list all, newest first, also those that hold no more')
    .option(...configOption)
    .addOption(outputOption())
    .action((options: LedgerOptions) => list(context, options));
}

async function list(context: CommandContext, options: LedgerOptions): Promise<void> {
  await withLedger(context, options, async (sql, settings) => {
    const tokens = await listTokens(sql);
    if (options.output === 'json') context.stdout(`${JSON.stringify(tokens)}\n`);
    else if (tokens.length === 0)
      context.stdout('There are no tokens: charlie tokens create NAME makes one.\n');
    else context.stdout(`\n${table(tokens, settings, context.columns)}\n`);
  });
}

function table(tokens: readonly ApiToken[], settings: Settings, width: number): string {
  const time = (at: Date | null) => (at === null ? '' : timeText(at, settings));
  return textTable(
    [
      { head: 'id' },
      { head: 'name', shrinks: true },
      { head: 'role' },
      { head: 'holds' },
      { head: 'made by', shrinks: true },
      { head: 'made' },
      { head: 'last used' },
    ],
    tokens.map((token) => [
      token.tokenId,
      token.name,
      token.role,
      holdsText(token, time),
      token.createdBy,
      time(token.createdAt),
      time(token.lastUsedAt),
    ]),
    width,
  );
}

function holdsText({ revokedAt, expiresAt }: ApiToken, time: (at: Date | null) => string): string {
  if (revokedAt !== null) return `revoked ${time(revokedAt)}`;
  if (expiresAt === null) return 'until it is revoked';
  return `${expiresAt.getTime() < Date.now() ? 'expired' : 'until'} ${time(expiresAt)}`;
}
