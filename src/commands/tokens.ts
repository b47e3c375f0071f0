import { Command } from 'commander';

import type { CommandContext } from './command-context.ts';
import { tokensCreateCommand } from './tokens-create.ts';
import { tokensListCommand } from './tokens-list.ts';
import { tokensRevokeCommand } from './tokens-revoke.ts';

export function tokensCommand(context: CommandContext): Command {
  return new Command('tokens')
    .description('the tokens of those who may use the API')
    .addCommand(tokensCreateCommand(context))
    .addCommand(tokensListCommand(context))
    .addCommand(tokensRevokeCommand(context));
}
