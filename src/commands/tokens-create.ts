import { Command, InvalidArgumentError, Option } from 'commander';

import { newToken } from '../api/token-text.ts';
import { insertToken } from '../database/queries/api-tokens.ts';
import { type Role, roles } from '../domain/role.ts';
import type { CommandContext } from './command-context.ts';
import { configOption, outputOption } from './command-settings.ts';
import { auditCommand, decidedBy, type LedgerOptions, timeText, withLedger } from './ledger-command.ts';

interface Options extends LedgerOptions {
  readonly role: Role;
  readonly days: number;
  readonly neverExpires?: true;
}

export function tokensCreateCommand(context: CommandContext): Command {
  return new Command('create')
    .description('make one, and show it this once')
    .argument('<name>', 'who or what it is for', nameOf)
    .addOption(
      new Option('--role <role>', 'what it may do: look; run, retry and pause; everything')
        .choices(roles)
        .default('viewer'),
    )
    .addOption(new Option('--days <number>', 'how long it holds').argParser(daysOf).default(90))
    .option('--never-expires', 'it holds until it is revoked')
    .option(...configOption)
    .addOption(outputOption())
    .action((name: string, options: Options) => create(context, name, options));
}

async function create(context: CommandContext, name: string, options: Options): Promise<void> {
  await withLedger(context, options, async (sql, settings) => {
    const { id: tokenId, text, secretSha256 } = newToken();
    const expiresAt = options.neverExpires === true ? null : new Date(Date.now() + options.days * 86_400_000);
    const token = await insertToken(sql, {
      tokenId,
      name,
      role: options.role,
      secretSha256,
      createdBy: decidedBy(),
      expiresAt,
    });
    await auditCommand(sql, 'tokens create', tokenId);
    if (options.output === 'json') {
      context.stdout(`${JSON.stringify({ ...token, token: text })}\n`);
      return;
    }
    const until = expiresAt === null ? 'until it is revoked' : `until ${timeText(expiresAt, settings)}`;
    context.stderr(`A token for ${name}, as ${options.role}, ${until}. It is shown this once:\n`);
    context.stdout(`${text}\n`);
  });
}

function nameOf(text: string): string {
  if (!/^\P{Cc}{1,100}$/u.test(text))
    throw new InvalidArgumentError('It is not a name of 1 to 100 characters.');
  return text;
}

function daysOf(text: string): number {
  const days = Number(text);
  if (!/^\d+$/.test(text) || days < 1 || days > 3650)
    throw new InvalidArgumentError('It is not a number from 1 to 3650.');
  return days;
}
