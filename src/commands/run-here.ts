import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';

import { commandQueue } from '../domain/command-queue.ts';
import { plainConfig } from '../domain/job.ts';
import type { Source, SyncInput } from '../domain/sync-run.ts';
import { retryRules, workflowTaskTimeout } from '../schedules/job-schedule.ts';
import { createLogger } from '../telemetry/logger.ts';
import { startWorker } from '../worker.ts';
import { awaitRun } from './await-run.ts';
import { type CommandContext, CommandFailed, exitCodes } from './command-context.ts';
import { commandSettings, requireDatabaseUrl } from './command-settings.ts';
import { connectTemporal } from './connect-temporal.ts';
import { inCi, type RunConfigOptions, runConfigOf } from './run-config-options.ts';
import { reportRun } from './run-summary.ts';
import { aborted, stopSignal } from './stop-signal.ts';

export interface RunHereOptions extends RunConfigOptions {
  readonly config?: string;
  readonly output: string;
}

/**
 * One run that this process does itself, by a worker on a queue of its own: no other worker is needed, and local paths
 * mean this host's. Throws CommandFailed when the run or some of its files failed.
 */
export async function runHere(
  terminal: CommandContext,
  options: RunHereOptions,
  job: string,
  sourceOf: (ingestionDir: string) => Source,
): Promise<void> {
  const context = inCi(terminal, options);
  const config = runConfigOf(options);
  const settings = commandSettings(context, options);
  const databaseUrl = requireDatabaseUrl(settings);
  // What a person has to know, the command says itself; standard output is for the result.
  const logger = await createLogger({
    level: settings.scheduler.logLevel,
    to: null,
    rotatedDir: settings.logs.dir,
  });
  await using client = await connectTemporal(settings.temporal);
  const started = Date.now();
  const id = randomUUID();
  const worker = await startWorker({
    settings,
    databaseUrl,
    logger,
    taskQueue: commandQueue(hostname(), id),
  });
  using stop = stopSignal();
  try {
    const input: SyncInput = {
      job,
      source: sourceOf(settings.scheduler.ingestionDir),
      retries: retryRules(settings),
      ...(config !== null && { config: { ...plainConfig, ...config } }),
    };
    const handle = await client.workflow.start('SyncAndIngestWorkflow', {
      workflowId: `${job}-${new Date(started).toISOString().slice(0, 19)}Z-${id.slice(0, 8)}`,
      taskQueue: worker.taskQueue,
      args: [input],
      staticSummary: job === 'ingest' ? 'Local files into Postgres' : 'New SharePoint files into Postgres',
      workflowRunTimeout: `${settings.sync.runTimeoutMinutes} minutes`,
      workflowTaskTimeout,
    });
    stop.drain.addEventListener('abort', () => {
      context.stderr('\nCancelling the run ...\n');
      handle.cancel().catch(() => undefined);
    });
    const run = { workflowId: handle.workflowId, runId: handle.firstExecutionRunId };
    const outcome = await Promise.race([awaitRun(client, run, context), aborted(stop.hurry)]);
    if (stop.drain.aborted || outcome === undefined) {
      throw new CommandFailed(exitCodes.interrupted, 'Interrupted; what was loaded until then stays.');
    }
    reportRun(outcome, context, { output: options.output, durationMs: Date.now() - started });
  } finally {
    worker.shutdown();
    await Promise.race([worker.ended, aborted(stop.hurry)]);
  }
}
