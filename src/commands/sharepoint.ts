import { Command } from 'commander';

import type { CommandContext } from './command-context.ts';
import { sharepointCheckCommand } from './sharepoint-check.ts';

export function sharepointCommand(context: CommandContext): Command {
  return new Command('sharepoint')
    .description('find out what SharePoint lets us do')
    .addCommand(sharepointCheckCommand(context));
}
