import { Command } from 'commander';

import { revokeToken } from '../database/queries/api-tokens.ts';
import { type CommandContext, CommandFailed, exitCodes } from './command-context.ts';
import { configOption, outputOption } from './command-settings.ts';
import { auditCommand, decidedBy, type LedgerOptions, withLedger } from './ledger-command.ts';

export function tokensRevokeCommand(context: CommandContext): Command {
  return new Command('revoke')
    .description('end one, at once')
    .argument('<id>', 'its id, which is also the middle of the token itself')
    .option(...configOption)
    .addOption(outputOption())
    .action((id: string, options: LedgerOptions) => revoke(context, id, options));
}

async function revoke(context: CommandContext, id: string, options: LedgerOptions): Promise<void> {
  await withLedger(context, options, async (sql) => {
    const revoked = await revokeToken(sql, id, decidedBy());
    if (revoked === undefined)
      throw new CommandFailed(
        exitCodes.notFound,
        `There is no token ${id}. \`charlie tokens list\` shows them.`,
      );
    await auditCommand(sql, 'tokens revoke', id);
    context.stdout(
      options.output === 'json'
        ? `${JSON.stringify(revoked)}\n`
        : `Revoked  ${revoked.tokenId}  ${revoked.name}\n`,
    );
  });
}
