import { Command } from 'commander';

import { backfillJob, backfillSlots } from '../schedules/backfill-job.ts';
import type { TimeRange } from '../schedules/matching-slots.ts';
import type { PreviewedFire } from '../schedules/preview-job.ts';
import { describeJob } from '../schedules/read-jobs.ts';
import { type CommandContext, CommandFailed, exitCodes } from './command-context.ts';
import { configOption, outputOption } from './command-settings.ts';
import { confirm } from './confirm.ts';
import { firesTable } from './fires-table.ts';
import { counted } from './ledger-command.ts';
import { type JobOptions, parseTime, withTemporal } from './schedules-command.ts';

interface Options extends JobOptions {
  readonly from: string;
  readonly to: string;
  readonly allowOverlap?: true;
  readonly dryRun?: true;
  readonly yes?: true;
}

export function schedulesBackfillCommand(context: CommandContext): Command {
  return new Command('backfill')
    .description('run a job for the times of a past period, each as if it were then')
    .argument('<id>', 'the job')
    .requiredOption(
      '--from <time>',
      'the first time that belongs to it; without an offset in the zone of the job',
    )
    .requiredOption('--to <time>', 'the last one')
    .option('--allow-overlap', 'side by side, in place of one after the other')
    .option('--dry-run', 'list the times, and start nothing')
    .option('--yes', 'do not ask')
    .option(...configOption)
    .addOption(outputOption())
    .action((id: string, options: Options) => backfill(context, id, options));
}

async function backfill(context: CommandContext, id: string, options: Options): Promise<void> {
  await withTemporal(context, options, async ({ schedule }) => {
    const { timezone } = await describeJob(schedule, id);
    const range = rangeOf(options, timezone);
    const { fires: slots } = await backfillSlots(schedule, id, range);
    const print = printer(context, options, slots, timezone);
    if (options.dryRun === true || slots.length === 0) {
      print(false);
      return;
    }
    if (options.yes !== true) {
      context.stderr(`\n${firesTable(slots, timezone, context.columns)}\n`);
      await confirm(context, `Start ${counted(slots.length, 'run')} of ${id}?`);
    }
    await backfillJob(schedule, id, range, { allow: options.allowOverlap === true });
    print(true);
  });
}

/** Throws CommandFailed. */
function rangeOf(options: Options, zone: string): TimeRange {
  const range = { from: parseTime(options.from, zone), to: parseTime(options.to, zone) };
  if (range.from <= range.to) return range;
  const [from, to] = [JSON.stringify(options.from), JSON.stringify(options.to)];
  throw new CommandFailed(
    exitCodes.usage,
    `--from ${from} is after --to ${to}. Give the earlier time as --from, and the later one as --to.`,
  );
}

function printer(
  context: CommandContext,
  options: Options,
  slots: readonly PreviewedFire[],
  zone: string,
): (started: boolean) => void {
  return (started) => {
    if (options.output === 'json') context.stdout(`${JSON.stringify({ started, slots })}\n`);
    else if (slots.length === 0) context.stdout('The job has no time in that period.\n');
    // Who was asked has seen them.
    else if (!started || options.yes === true)
      context.stdout(`\n${firesTable(slots, zone, context.columns)}\n`);
    if (started)
      context.stderr(
        `  ${counted(slots.length, 'run')} ${options.allowOverlap === true ? 'side by side' : 'one after the other'}. How far they are: charlie schedules show ID\n`,
      );
  };
}
