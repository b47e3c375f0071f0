import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { Command, InvalidArgumentError } from 'commander';
import type { Logger } from 'pino';

import packageJson from '../../package.json' with { type: 'json' };
import { checkPorts } from '../local/ports.ts';
import { removePostgresData, stopLeftPostgres } from '../local/postgres-server.ts';
import { claimStateDirectory } from '../local/single-instance.ts';
import { removeStackFile, writeStackFile } from '../local/stack-file.ts';
import { prepareStateDirectory } from '../local/state-directory.ts';
import { stopLeftTemporal } from '../local/temporal-server.ts';
import { applyJobs } from '../schedules/apply-jobs.ts';
import { watchSchedules } from '../schedules/watch-schedules.ts';
import { loadSettings } from '../settings/load-settings.ts';
import { byDefault } from '../settings/problem.ts';
import type { Settings } from '../settings/settings.ts';
import { createLogger } from '../telemetry/logger.ts';
import { temporalLogger } from '../telemetry/temporal-logger.ts';
import { watchFolders } from '../watch/watch-folders.ts';
import { watchTarget } from '../watch/watch-target.ts';
import { type RunningWorker, startWorker } from '../worker.ts';
import { workflowBundle } from '../workflow-bundle.ts';
import { type CommandContext, CommandFailed, exitCodes } from './command-context.ts';
import { configOption, requireDatabaseUrl } from './command-settings.ts';
import { connectTemporal } from './connect-temporal.ts';
import { applicableJobs, declaredJobs, type SchedulesOption, schedulesOption } from './declared-jobs.ts';
import { firstCycle } from './first-cycle.ts';
import { LocalStack, type LocalStackOptions } from './local-stack.ts';
import { StepLines } from './step-lines.ts';
import { aborted, type StopSignal, stopSignal } from './stop-signal.ts';
import { upApi } from './up-api.ts';
import { tryNext, watchedText } from './up-texts.ts';

interface UpOptions extends SchedulesOption {
  readonly once: boolean;
  readonly fresh: boolean;
  readonly temporalPort: number;
  readonly temporalUiPort: number;
  readonly postgresPort: number;
  readonly simulatorPort: number;
  readonly apiPort?: number;
}

export function upCommand(context: CommandContext): Command {
  return new Command('up')
    .description(
      'start everything here that is not configured, sync at once, then work on schedule until Ctrl-C',
    )
    .option('--once', 'one full cycle, then stop everything; the exit code tells the outcome', false)
    .option('--fresh', 'forget what earlier starts have kept in .charlie and begin anew', false)
    .option('--temporal-port <port>', "the Temporal server's", port, 7233)
    .option('--temporal-ui-port <port>', "the Temporal Web UI's", port, 8233)
    .option('--postgres-port <port>', "Postgres's", port, 5433)
    .option('--simulator-port <port>', "the SharePoint simulator's", port, 8443)
    .option('--api-port <port>', "the API's, in place of api.port", port)
    .option(...schedulesOption)
    .option(...configOption)
    .action((options: UpOptions) => up(context, options));
}

async function up(context: CommandContext, options: UpOptions): Promise<void> {
  using stop = stopSignal();
  const stateDir = join(context.cwd, '.charlie');
  await prepareStateDirectory(stateDir);
  const release = await claimStateDirectory(stateDir);
  try {
    await removeStackFile(stateDir);
    await Promise.all([stopLeftTemporal(stateDir), stopLeftPostgres(stateDir)]);
    if (options.fresh) await forget(stateDir);

    const steps = new StepLines(context);
    steps.heading(`charlie-reporting ${packageJson.version}`);
    const needed = await stackOptions(context, options, stateDir, steps);
    const logger = await upLogger(context, options, stateDir);
    // Takes seconds the first time, in which the servers start; its failure shows where the worker asks for it.
    workflowBundle(temporalLogger(logger)).catch(() => undefined);
    const stack = await LocalStack.start(needed);
    try {
      await writeStackFile(stateDir, new Date(), stack.settings);
      const { settings } = load(context, options);
      await work({ context, options, settings, stack, steps, stop, logger });
    } finally {
      await stopStack(stack, stop);
      if (stop.drain.aborted && !stop.hurry.aborted) context.stderr('Stopped.\n');
    }
  } finally {
    await removeStackFile(stateDir);
    await release();
  }
}

interface Up {
  readonly context: CommandContext;
  readonly options: UpOptions;
  readonly settings: Settings;
  readonly stack: LocalStack;
  readonly steps: StepLines;
  readonly stop: StopSignal;
  readonly logger: Logger;
}

/** The main job, while the servers run. */
async function work({ context, options, settings, stack, steps, stop, logger }: Up): Promise<void> {
  const databaseUrl = requireDatabaseUrl(settings);
  const target = options.once ? null : await watchTarget(settings);
  const worker = await startWorker({ settings, databaseUrl, logger, watchQueue: target?.taskQueue ?? null });
  try {
    steps.done('Worker', `queue ${worker.taskQueue}, log .charlie/logs/charlie.log`);
    await using client = await connectTemporal(settings.temporal);
    const declared = await applicableJobs(
      client.schedule,
      settings,
      declaredJobs(context, options, settings),
    );
    for (const job of await applyJobs(client.schedule, declared.jobs, declared.options)) {
      const cadence = declared.jobs.find(({ id }) => id === job.id)?.cadence ?? '';
      steps.done('Schedule', `${job.id} ${cadence}${job.paused ? ', paused' : ''}`);
    }
    for (const { message } of declared.refused) steps.note(message);

    if (target !== null) steps.done('Watch', await watchedText(context, settings));
    await using parts = new AsyncDisposableStack();
    const api = parts.use(await upApi({ settings, client, logger }, databaseUrl, { options, steps }));

    const cycle = client.withAbortSignal(stop.drain, () =>
      firstCycle({ client, context, settings, stack, steps }),
    );
    try {
      await Promise.race([cycle, failOnExit(stack), worker.ended]);
    } catch (error) {
      if (!stop.drain.aborted) throw error;
    }
    if (stop.drain.aborted || options.once) return;

    context.stderr(tryNext(context, settings, api.url));
    const ids = declared.jobs.map(({ id }) => id);
    const over = new AbortController();
    const signal = AbortSignal.any([stop.drain, over.signal]);
    const watches = Promise.all([
      watchSchedules(client, ids, logger, { signal }),
      target === null ? null : watchFolders({ settings, databaseUrl, client, logger, target, signal }),
    ]);
    try {
      await Promise.race([watches, failOnExit(stack), worker.ended]);
    } finally {
      over.abort();
      await watches;
    }
  } finally {
    await drain(worker, logger, { context, stop });
  }
}

async function drain(
  worker: RunningWorker,
  logger: Logger,
  { context, stop }: Pick<Up, 'context' | 'stop'>,
): Promise<void> {
  if (stop.drain.aborted)
    context.stderr('\nShutting down: waiting for what is under way. Ctrl-C again ends at once.\n');
  logger.info({ stage: 'worker' }, 'Shutdown started');
  worker.shutdown();
  await Promise.race([worker.ended.catch(() => undefined), aborted(stop.hurry)]);
  logger.info({ stage: 'worker' }, 'Shutdown complete');
  if (stop.hurry.aborted)
    throw new CommandFailed(exitCodes.interrupted, 'Stopped at once; what was under way is done again.');
}

async function stopStack(stack: LocalStack, stop: StopSignal): Promise<void> {
  if (stop.hurry.aborted) stack.kill();
  stop.hurry.addEventListener('abort', () => {
    stack.kill();
  });
  await stack.stop();
}

async function failOnExit(stack: LocalStack): Promise<never> {
  const exit = await stack.unexpectedExit();
  throw new CommandFailed(
    exitCodes.dependency,
    `The ${exit.name} server ended by itself (${exit.signal ?? `exit code ${exit.code ?? '?'}`}). ` +
      `Its log is ${exit.logFile}; it ends with:\n${exit.lastLogLines}`,
  );
}

async function stackOptions(
  context: CommandContext,
  options: UpOptions,
  stateDir: string,
  steps: StepLines,
): Promise<LocalStackOptions> {
  const { settings, origins } = load(context, options);
  const needs = {
    temporal: origins.get('temporal.address') === byDefault && settings.temporal.profile === null,
    postgres: settings.database.url === null,
    simulator: settings.scheduler.sharepointSiteUrl === null,
  };
  const all = [
    {
      needed: needs.temporal,
      port: options.temporalPort,
      who: 'the Temporal server',
      flag: '--temporal-port',
    },
    {
      needed: needs.temporal,
      port: options.temporalUiPort,
      who: 'the Temporal Web UI',
      flag: '--temporal-ui-port',
    },
    { needed: needs.postgres, port: options.postgresPort, who: 'Postgres', flag: '--postgres-port' },
    {
      needed: needs.simulator,
      port: options.simulatorPort,
      who: 'the SharePoint simulator',
      flag: '--simulator-port',
    },
    { needed: !options.once, port: settings.api.port, who: 'the API', flag: '--api-port' },
  ];
  await checkPorts(all.filter(({ needed }) => needed));
  return {
    stateDir,
    env: context.env,
    needs,
    ports: {
      temporal: options.temporalPort,
      temporalUi: options.temporalUiPort,
      postgres: options.postgresPort,
      simulator: options.simulatorPort,
    },
    steps,
  };
}

function load(
  context: CommandContext,
  { config, apiPort }: Pick<UpOptions, 'config' | 'apiPort'>,
): ReturnType<typeof loadSettings> {
  return loadSettings({
    cwd: context.cwd,
    env: { ...context.env, ...(apiPort === undefined ? {} : { CHARLIE_API__PORT: String(apiPort) }) },
    ...(config === undefined ? {} : { configFile: config }),
  });
}

/** The terminal is for what a person follows; the lines go to a file. */
function upLogger(context: CommandContext, options: UpOptions, stateDir: string): Promise<Logger> {
  const { scheduler, logs } = load(context, options).settings;
  const to = join(stateDir, 'logs', 'charlie.log');
  return createLogger({ level: scheduler.logLevel, to, rotatedDir: logs.dir });
}

async function forget(stateDir: string): Promise<void> {
  await removePostgresData(stateDir);
  for (const name of ['temporal', 'simulator', 'logs'])
    await rm(join(stateDir, name), { recursive: true, force: true });
}

function port(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 65_535)
    throw new InvalidArgumentError('A port is a number from 1 to 65535.');
  return value;
}
