import { Command } from 'commander';

import type { CommandContext } from './command-context.ts';
import { quarantineDiscardCommand } from './quarantine-discard.ts';
import { quarantineListCommand } from './quarantine-list.ts';
import { quarantineRetryCommand } from './quarantine-retry.ts';
import { quarantineShowCommand } from './quarantine-show.ts';

export function quarantineCommand(context: CommandContext): Command {
  const verbs = [
    quarantineListCommand,
    quarantineShowCommand,
    quarantineRetryCommand,
    quarantineDiscardCommand,
  ];
  const command = new Command('quarantine').description('look after the files that were refused whole');
  for (const make of verbs) command.addCommand(make(context));
  return command;
}
