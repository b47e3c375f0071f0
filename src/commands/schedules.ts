import { Command } from 'commander';

import type { CommandContext } from './command-context.ts';
import { schedulesApplyCommand, schedulesDiffCommand } from './schedules-apply.ts';
import { schedulesBackfillCommand } from './schedules-backfill.ts';
import { schedulesDeleteCommand } from './schedules-delete.ts';
import { schedulesListCommand } from './schedules-list.ts';
import { schedulesPauseCommand, schedulesResumeCommand } from './schedules-pause.ts';
import { schedulesPreviewCommand } from './schedules-preview.ts';
import { schedulesShowCommand } from './schedules-show.ts';
import { schedulesTriggerCommand } from './schedules-trigger.ts';

export function schedulesCommand(context: CommandContext): Command {
  const verbs = [
    ...[schedulesDiffCommand, schedulesApplyCommand],
    ...[schedulesListCommand, schedulesShowCommand, schedulesPreviewCommand],
    ...[schedulesPauseCommand, schedulesResumeCommand, schedulesTriggerCommand],
    ...[schedulesBackfillCommand, schedulesDeleteCommand],
  ];
  const command = new Command('schedules').description('look after the jobs, which are Temporal Schedules');
  for (const make of verbs) command.addCommand(make(context));
  return command;
}
