import { NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import type { Logger } from 'pino';

import type { Activities } from '../activities/contract.ts';
import { createActivities } from '../activities/index.ts';
import { leaveUnknownDownloads } from '../activities/leave-unknown-downloads.ts';
import { connect, type Sql, withDatabase } from './database/connection.ts';
import { migrate } from './database/migrate.ts';
import { GraphGate } from './database/queries/graph-gate.ts';
import { placeOf, prepareIngestionDir } from './directory/ingestion-dir.ts';
import { graphQueue } from './domain/graph-queue.ts';
import type { Secret } from './settings/secret.ts';
import type { Settings } from './settings/settings.ts';
import { configuredGateway } from './sharepoint/configured-gateway.ts';
import { temporalLogger } from './telemetry/temporal-logger.ts';
import { connectTo } from './temporal/connect.ts';
import { isPolling } from './temporal/polling.ts';
import { workerVersioning } from './temporal/worker-versioning.ts';
import { workflowBundle } from './workflow-bundle.ts';

export interface StartOptions {
  readonly settings: Settings;
  readonly databaseUrl: Secret;
  readonly logger: Logger;
  /** A queue of this worker's own, for work that must be done on this host; the settings' queue otherwise. */
  readonly taskQueue?: string;
  /** A further queue, for reading the folders that this process watches; null: it watches none. */
  readonly watchQueue?: string | null;
}

export interface RunningWorker {
  readonly taskQueue: string;
  /** Settles when the worker has ended: after `shutdown`, or by a failure. */
  readonly ended: Promise<void>;
  /** Takes no new work, lets what is under way finish within the grace time, then cancels it; safe to call twice. */
  shutdown(): void;
  /** Whether the server says that this worker asks for work; throws when it says nothing. */
  polls(): Promise<boolean>;
}

/** Time that work has to stop after the grace time, before the process gives it up; the server then repeats it elsewhere. */
const afterGraceSeconds = 10;

/** Settings -> dependencies -> worker -> drain. Migrates the database first. */
export async function startWorker(options: StartOptions): Promise<RunningWorker> {
  const { settings, logger } = options;
  const forTemporal = temporalLogger(logger);
  installRuntime(options);

  const sql = connect(options.databaseUrl);
  const sharepoint = configuredGateway(settings, sharedGate(sql, settings));
  const connecting = connectTo(settings.temporal, (to) => NativeConnection.connect(to));
  const cleanUp: (() => Promise<void>)[] = [
    // One that is made after another part has failed would keep the process alive, too.
    async () => (await connecting).close(),
    () => sql.end({ timeout: 5 }),
    async () => sharepoint?.close(),
  ];
  try {
    const taskQueue = options.taskQueue ?? settings.temporal.taskQueue;
    const [connection, bundle, place] = await Promise.all([
      connecting,
      workflowBundle(forTemporal),
      // What a queue of its own is for is done in this process: nobody else has to find the files.
      options.taskQueue === undefined ? placeQueue(taskQueue, settings) : null,
      withDatabase(() => migrate(sql, settings.datasets)),
    ]);
    const dependencies = { settings, sql, sharepoint, place };
    if (options.taskQueue === undefined) await leaveUnknownDownloads(dependencies);
    const activities = createActivities(dependencies);
    const shared = {
      connection,
      namespace: settings.temporal.namespace,
      // A cancellation reaches an activity with the answer to a heartbeat: the default would keep it for 24 seconds.
      maxHeartbeatThrottleInterval: '1500 milliseconds',
      shutdownGraceTime: `${settings.scheduler.shutdownTimeoutSeconds} seconds`,
      shutdownForceTime: `${settings.scheduler.shutdownTimeoutSeconds + afterGraceSeconds} seconds`,
    } as const;
    // A queue of its own is served by this process alone: there is no other build to choose.
    const versioning = options.taskQueue === undefined && workerVersioning(settings.temporal);
    const workers: [Worker, ...Worker[]] = [
      await Worker.create({
        ...shared,
        taskQueue,
        workflowBundle: bundle,
        // They compute little. A second thread would take a fifth of a second of each start, and its own copy of the code.
        workflowThreadPoolSize: 1,
        ...versioning,
        // Also those of other queues: runs of the version before ask for them here.
        activities,
        // Of local files four for each of two runs, and what is short.
        maxConcurrentActivityTaskExecutions: 8,
        // A run that a dead worker had in its cache waits so long for it, then any worker replays it: some tenths of a
        // second for 4,000 events, so a busy worker that is passed over costs little.
        stickyQueueScheduleToStartTimeout: '1 second',
      }),
    ];
    workers.push(await Worker.create({ ...shared, ...versioning, ...askingGraph(taskQueue, activities) }));
    if (place !== null) workers.push(await Worker.create({ ...shared, ...atPlace(place, activities) }));
    const { watchQueue = null } = options;
    if (watchQueue !== null) {
      const there = createActivities({ ...dependencies, place: watchQueue });
      workers.push(await Worker.create({ ...shared, ...whereWatched(watchQueue, there) }));
    }
    return running(workers, taskQueue, cleanUp);
  } catch (error) {
    await Promise.allSettled(cleanUp.map((close) => close()));
    throw error;
  }
}

/** Microsoft limits an application in a tenant, whatever its workers are and wherever. */
function sharedGate(sql: Sql, { scheduler, sharepoint }: Settings): GraphGate {
  const application = `${scheduler.tenantId ?? ''}/${scheduler.clientId ?? ''}`;
  return new GraphGate(sql, application, sharepoint.resourceUnitsPerMinute);
}

/** @throws {IngestionDirUnusable} At the start, before any run counts on this worker. */
async function placeQueue(taskQueue: string, settings: Settings): Promise<string> {
  await prepareIngestionDir(settings);
  return `${taskQueue}.place-${await placeOf(settings.scheduler.ingestionDir)}`;
}

/** What asks Microsoft Graph. It is the gateway that limits requests: Temporal could only limit activities, of any number of requests each. */
function askingGraph(
  taskQueue: string,
  { listFiles, downloadFiles, moveIngested, uploadReport }: Activities,
): Pick<WorkerOptions, 'taskQueue' | 'activities' | 'maxConcurrentActivityTaskExecutions'> {
  return {
    taskQueue: graphQueue(taskQueue),
    activities: { listFiles, downloadFiles, moveIngested, uploadReport },
    // They mostly wait for the network: those of two runs, four each.
    maxConcurrentActivityTaskExecutions: 8,
  };
}

/** Only what must be where the files are. Without versions: a file can be read by any build that is there. */
function atPlace(
  taskQueue: string,
  { ingestFiles }: Activities,
): Pick<WorkerOptions, 'taskQueue' | 'activities' | 'maxConcurrentActivityTaskExecutions'> {
  return {
    taskQueue,
    activities: { ingestFiles },
    // One for each lane of a run. They share one thread, so more at once would take more memory and no less time.
    maxConcurrentActivityTaskExecutions: 4,
  };
}

/** What reads the files of a watched folder. One run at a time has four lanes, each with one activity. */
function whereWatched(
  taskQueue: string,
  { listFiles, downloadFiles, ingestFiles }: Activities,
): Pick<WorkerOptions, 'taskQueue' | 'activities' | 'maxConcurrentActivityTaskExecutions'> {
  return {
    taskQueue,
    activities: { listFiles, downloadFiles, ingestFiles },
    maxConcurrentActivityTaskExecutions: 4,
  };
}

/** They live and end together: one alone would take work that nobody goes on with. */
function running(
  workers: readonly [Worker, ...Worker[]],
  taskQueue: string,
  cleanUp: readonly (() => Promise<void>)[],
): RunningWorker {
  function shutdown(): void {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  }
  const runs = workers.map((worker) => worker.run().finally(shutdown));
  const ended = Promise.allSettled(runs).then(async () => {
    for (const close of cleanUp) await close();
    await Promise.all(runs);
  });
  return { taskQueue, ended, shutdown, polls: () => isPolling(workers[0]) };
}

let runtimeInstalled = false;

/** Once per process. Signals are the command's business: it drains the worker before it stops the servers. */
export function installRuntime({ logger }: Pick<StartOptions, 'logger'>): void {
  if (runtimeInstalled) return;
  runtimeInstalled = true;
  Runtime.install({
    logger: temporalLogger(logger),
    shutdownSignals: [],
    telemetryOptions: { logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} } },
  });
}
