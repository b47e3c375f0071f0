import { randomUUID } from 'node:crypto';

import { Command, Option } from 'commander';

import { followingSyncId, type GenerateResult } from '../domain/generation.ts';
import { generateTimeoutMinutes } from '../schedules/job-defaults.ts';
import { generateInput, workflowTaskTimeout } from '../schedules/job-schedule.ts';
import { generateJobId } from '../schedules/jobs.ts';
import { awaitRun } from './await-run.ts';
import { type CommandContext, CommandFailed, exitCodes } from './command-context.ts';
import { type ConfigOption, commandSettings, configOption, outputOption } from './command-settings.ts';
import { connectTemporal } from './connect-temporal.ts';
import { reportGenerated, runFailed } from './run-summary.ts';

interface GenerateOptions extends ConfigOption {
  readonly endpoint?: readonly string[];
  readonly files?: string;
  readonly rows?: string;
  readonly then?: string;
  readonly output: string;
}

export function generateCommand(context: CommandContext): Command {
  return new Command('generate')
    .description('have the simulators make files now, then load them')
    .option('--endpoint <url...>', 'whom to ask, in place of generate.endpoints')
    .option('--files <number>', 'how many files each makes')
    .option('--rows <number>', 'how many rows each file has')
    .addOption(new Option('--then <what>', 'what follows').choices(['sync', 'webhook', 'none']))
    .option(...configOption)
    .addOption(outputOption())
    .action((options: GenerateOptions) => generate(context, options));
}

async function generate(context: CommandContext, options: GenerateOptions): Promise<void> {
  const settings = commandSettings({ ...context, env: { ...context.env, ...overrides(options) } }, options);
  const { endpoints } = settings.generate;
  if (endpoints.length === 0) {
    throw new CommandFailed(
      exitCodes.usage,
      'There is nobody to make files: give --endpoint, set generate.endpoints, or start `charlie up` beside this, which brings a simulator.',
    );
  }
  await using client = await connectTemporal(settings.temporal);
  const started = Date.now();
  const workflowId = `${generateJobId}-${new Date(started).toISOString().slice(0, 19)}Z-${randomUUID().slice(0, 8)}`;
  const handle = await client.workflow.start('GenerateAndSyncWorkflow', {
    workflowId,
    taskQueue: settings.temporal.taskQueue,
    args: [generateInput(settings)],
    staticSummary: 'Simulators make files, which are then loaded',
    workflowRunTimeout: `${generateTimeoutMinutes(settings)} minutes`,
    workflowTaskTimeout,
  });
  context.stderr(`Started ${workflowId}: files at ${endpoints.join(', ')}\n`);
  const run = { workflowId, runId: handle.firstExecutionRunId, syncId: followingSyncId(workflowId) };
  const outcome = await awaitRun<GenerateResult>(client, run, context);
  if (outcome.ended === 'failed') throw runFailed(outcome, context, options);
  reportGenerated(outcome.result, context, { output: options.output, durationMs: Date.now() - started });
}

/** As the environment would have them, so that they are checked as the settings are. */
function overrides({ endpoint, files, rows, then }: GenerateOptions): Readonly<Record<string, string>> {
  return {
    ...(endpoint !== undefined && { CHARLIE_GENERATE__ENDPOINTS: endpoint.join(',') }),
    ...(files !== undefined && { CHARLIE_GENERATE__FILES: files }),
    ...(rows !== undefined && { CHARLIE_GENERATE__ROWS: rows }),
    ...(then !== undefined && { CHARLIE_GENERATE__THEN: then }),
  };
}
