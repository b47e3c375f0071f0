import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { Logger } from 'pino';

import { createActivities } from '../activities/index.ts';
import { connect, withDatabase } from './database/connection.ts';
import { migrate } from './database/migrate.ts';
import type { Secret } from './settings/secret.ts';
import type { Settings } from './settings/settings.ts';
import { configuredGateway } from './sharepoint/configured-gateway.ts';
import { temporalLogger } from './telemetry/temporal-logger.ts';
import { connectTo } from './temporal/connect.ts';
import { isPolling } from './temporal/polling.ts';
import { workerVersioning } from './temporal/worker-versioning.ts';
import { workflowBundle } from './workflow-bundle.ts';

export interface WorkerOptions {
  readonly settings: Settings;
  readonly databaseUrl: Secret;
  readonly logger: Logger;
  /** A queue of this worker's own, for work that must be done on this host; the settings' queue otherwise. */
  readonly taskQueue?: string;
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
export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const { settings, logger } = options;
  const forTemporal = temporalLogger(logger);
  installRuntime(options);

  const sql = connect(options.databaseUrl);
  const sharepoint = configuredGateway(settings);
  const connecting = connectTo(settings.temporal, (to) => NativeConnection.connect(to));
  const cleanUp: (() => Promise<void>)[] = [
    // One that is made after another part has failed would keep the process alive, too.
    async () => (await connecting).close(),
    () => sql.end({ timeout: 5 }),
    async () => sharepoint?.close(),
  ];
  try {
    const [connection, bundle] = await Promise.all([
      connecting,
      workflowBundle(forTemporal),
      withDatabase(() => migrate(sql, settings.datasets)),
    ]);
    const taskQueue = options.taskQueue ?? settings.temporal.taskQueue;
    const worker = await Worker.create({
      connection,
      namespace: settings.temporal.namespace,
      taskQueue,
      workflowBundle: bundle,
      // A queue of its own is served by this process alone: there is no other build to choose.
      ...(options.taskQueue === undefined && workerVersioning(settings.temporal)),
      activities: createActivities({ settings, sql, sharepoint }),
      // Eight chunks in memory at once: a download and an ingest for each of the four lanes of one run.
      maxConcurrentActivityTaskExecutions: 8,
      // A cancellation reaches an activity with the answer to a heartbeat: the default would keep it for 24 seconds.
      maxHeartbeatThrottleInterval: '2 seconds',
      // A run that a dead worker had in its cache waits so long for it, then any worker replays it: some tenths of a
      // second for 4,000 events, so a busy worker that is passed over costs little.
      stickyQueueScheduleToStartTimeout: '2 seconds',
      shutdownGraceTime: `${settings.scheduler.shutdownTimeoutSeconds} seconds`,
      shutdownForceTime: `${settings.scheduler.shutdownTimeoutSeconds + afterGraceSeconds} seconds`,
    });
    return running(worker, taskQueue, cleanUp);
  } catch (error) {
    await Promise.allSettled(cleanUp.map((close) => close()));
    throw error;
  }
}

function running(
  worker: Worker,
  taskQueue: string,
  cleanUp: readonly (() => Promise<void>)[],
): RunningWorker {
  const ended = worker.run().finally(async () => {
    for (const close of cleanUp) await close();
  });
  return {
    taskQueue,
    ended,
    shutdown: () => {
      if (worker.getState() === 'RUNNING') worker.shutdown();
    },
    polls: () => isPolling(worker),
  };
}

let runtimeInstalled = false;

/** Once per process. Signals are the command's business: it drains the worker before it stops the servers. */
function installRuntime({ logger }: WorkerOptions): void {
  if (runtimeInstalled) return;
  runtimeInstalled = true;
  Runtime.install({
    logger: temporalLogger(logger),
    shutdownSignals: [],
    telemetryOptions: { logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} } },
  });
}
