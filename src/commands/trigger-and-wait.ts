import type { Client } from '@temporalio/client';

import type { ReportResult } from '../../workflows/build-report.ts';
import type { GenerateResult } from '../domain/generation.ts';
import type { SyncResult } from '../domain/sync-run.ts';
import { requestRunConfig } from '../runs/request-config.ts';
import { type Triggered, triggerJob } from '../schedules/trigger-job.ts';
import type { Settings } from '../settings/settings.ts';
import { awaitRun } from './await-run.ts';
import { type CommandContext, CommandFailed, exitCodes } from './command-context.ts';
import { withDatabaseOf } from './ledger-command.ts';
import { inCi, type RunConfigOptions, runConfigOf } from './run-config-options.ts';
import { type ReportHow, reportBuilt, reportGenerated, reportRun, runFailed } from './run-summary.ts';

export interface TriggerOptions extends RunConfigOptions {
  readonly config?: string;
  readonly output: string;
  readonly force: boolean;
  readonly wait: boolean;
}

/** Starts a job now, and waits for the outcome unless that is not wanted. Throws JobNotFound, and CommandFailed when it was skipped or failed. */
export async function triggerAndWait(
  { client, settings }: { readonly client: Client; readonly settings: Settings },
  job: string,
  terminal: CommandContext,
  options: TriggerOptions,
): Promise<void> {
  const context = inCi(terminal, options);
  const config = runConfigOf(options);
  const started = Date.now();
  const triggered = await triggerJob(client.schedule, job, {
    force: options.force,
    ...(config !== null && {
      prepare: (run) => withDatabaseOf(settings, (sql) => requestRunConfig(sql, run, config)),
    }),
  });
  if (triggered.outcome === 'skipped') throw skipped(triggered, context, options);
  context.stderr(`Started ${triggered.workflowId}\n`);
  if (!options.wait) {
    context.stdout(
      options.output === 'json' ? `${JSON.stringify(triggered)}\n` : `${triggered.workflowId}\n`,
    );
    return;
  }
  const outcome = await awaitRun<JobResult>(client, triggered, context);
  const how = { output: options.output, durationMs: Date.now() - started };
  if (outcome.ended === 'failed') throw runFailed(outcome, context, options);
  report(outcome.result, context, how);
}

type JobResult = SyncResult | ReportResult | GenerateResult;

function report(result: JobResult, context: CommandContext, how: ReportHow): void {
  if ('rowsLoaded' in result) reportRun({ ended: 'completed', result }, context, how);
  else if ('published' in result) reportBuilt(result, context, how);
  else reportGenerated(result, context, how);
}

function skipped(
  triggered: Extract<Triggered, { outcome: 'skipped' }>,
  context: CommandContext,
  { output }: TriggerOptions,
): CommandFailed {
  if (output === 'json') context.stdout(`${JSON.stringify(triggered)}\n`);
  const why =
    triggered.running === null
      ? 'the job does not overlap, and the run in its way has ended since. Ask again.'
      : `${triggered.running} is under way, and the job does not overlap. Wait for it, or use --force to run beside it.`;
  return new CommandFailed(exitCodes.skipped, `Not started: ${why}`);
}
