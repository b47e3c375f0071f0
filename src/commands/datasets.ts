import { Command } from 'commander';

import type { CommandContext } from './command-context.ts';
import { datasetsCheckCommand } from './datasets-check.ts';
import { datasetsInferCommand } from './datasets-infer.ts';
import { datasetsListCommand } from './datasets-list.ts';

export function datasetsCommand(context: CommandContext): Command {
  return new Command('datasets')
    .description('try files against the datasets, write a definition from a file, or list the datasets')
    .addCommand(datasetsCheckCommand(context))
    .addCommand(datasetsInferCommand(context))
    .addCommand(datasetsListCommand(context));
}
