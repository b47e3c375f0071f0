import { Command } from 'commander';

import { syncJobId } from '../schedules/jobs.ts';
import { triggerJob } from '../schedules/trigger-job.ts';
import { awaitRun } from './await-run.ts';
import { type CommandContext, CommandFailed, exitCodes } from './command-context.ts';
import { commandSettings, configOption, outputOption } from './command-settings.ts';
import { connectTemporal } from './connect-temporal.ts';
import { reportRun } from './run-summary.ts';

interface TriggerOptions {
  readonly config?: string;
  readonly output: string;
  readonly force: boolean;
  readonly wait: boolean;
}

export function triggerCommand(context: CommandContext): Command {
  return new Command('trigger')
    .description('run the sync job now, respecting its overlap policy, and wait for the outcome')
    .option('--force', 'run also beside a run that is under way', false)
    .option('--no-wait', 'return as soon as the run has started')
    .option(...configOption)
    .addOption(outputOption())
    .action((options: TriggerOptions) => trigger(context, options));
}

async function trigger(context: CommandContext, options: TriggerOptions): Promise<void> {
  const settings = commandSettings(context, options);
  await using client = await connectTemporal(settings.temporal);
  const started = Date.now();
  const triggered = await triggerJob(client.schedule, syncJobId, options.force);
  if (triggered.outcome === 'skipped') {
    const inTheWay = triggered.running ?? 'a run that has just ended';
    if (options.output === 'json') context.stdout(`${JSON.stringify(triggered)}\n`);
    throw new CommandFailed(
      exitCodes.skipped,
      `Not started: ${inTheWay} is under way, and the job does not overlap. Wait for it, or use --force to run beside it.`,
    );
  }

  context.stderr(`Started ${triggered.workflowId}\n`);
  if (!options.wait) {
    context.stdout(
      options.output === 'json' ? `${JSON.stringify(triggered)}\n` : `${triggered.workflowId}\n`,
    );
    return;
  }
  const outcome = await awaitRun(client, triggered, context);
  reportRun(outcome, context, { output: options.output, durationMs: Date.now() - started });
}
