import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { Client, ScheduleHandle } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { pino } from 'pino';

import { newJob } from '../src/schedules/job-defaults.ts';
import { jobSchedule } from '../src/schedules/job-schedule.ts';
import { loadSettings } from '../src/settings/load-settings.ts';
import { Secret } from '../src/settings/secret.ts';
import { startWorker } from '../src/worker.ts';
import { type Figure, type Progress, percentile } from './figures.ts';
import type { LocalServers } from './local-servers.ts';
import { runActivities } from './run-activities.ts';
import { startSimulatorProcess, writeItems } from './simulator-process.ts';

const ticks = 100;
const warmUp = 3;

/**
 * How long after its nominal time the first activity of a tick begins: of a sync job with a tick every other second, and of a bare
 * workflow in the seconds between.
 */
export async function measureTickLatency(
  servers: LocalServers,
  client: Client,
  progress: Progress,
): Promise<Figure[]> {
  const cwd = join(servers.dir, 'ticks');
  await mkdir(cwd);
  const simulator = await startSimulatorProcess(cwd, await writeItems(cwd, 1));
  try {
    await writeFile(join(cwd, 'settings.toml'), '');
    const { settings } = loadSettings({
      cwd,
      env: {
        ...simulator.env,
        CHARLIE_DATABASE__URL: servers.databaseUrl,
        CHARLIE_TEMPORAL__ADDRESS: servers.temporalAddress,
        CHARLIE_TEMPORAL__TASK_QUEUE: 'ticking',
      },
    });
    const logger = pino({ level: 'silent' });
    const worker = await startWorker({ settings, databaseUrl: new Secret(servers.databaseUrl), logger });
    const bare = await startBareWorker(servers);
    try {
      const { action } = jobSchedule(newJob('ticking', 'sync', settings), 'api', settings).schedule;
      const [ours, bares] = await Promise.all([
        latencies(client, await everyOtherSecond(client, 'ticking', { offset: 0, action })),
        latencies(client, await everyOtherSecond(client, 'bare', { offset: 1, action: bareAction })),
      ]);
      progress(`${ticks} ticks were measured`);
      return [figure('tick.latency', 50, ours, bares), figure('tick.latency_p95', 95, ours, bares)];
    } finally {
      worker.shutdown();
      await Promise.all([worker.ended, bare.stop()]);
    }
  } finally {
    await simulator.stop();
  }
}

type Action = Parameters<Client['schedule']['create']>[0]['action'];

const bareAction: Action = {
  type: 'startWorkflow',
  workflowType: 'BareWorkflow',
  workflowId: 'bare',
  taskQueue: 'bare',
};

function figure(name: string, percent: number, ours: readonly number[], bares: readonly number[]): Figure {
  const [value, peerValue] = [percentile(ours, percent), percentile(bares, percent)];
  return { name, value, unit: 'ms', peer: 'bare_workflow', peerValue };
}

async function startBareWorker({ temporalAddress }: LocalServers): Promise<{ stop: () => Promise<void> }> {
  const connection = await NativeConnection.connect({ address: temporalAddress });
  const worker = await Worker.create({
    connection,
    taskQueue: 'bare',
    workflowsPath: fileURLToPath(new URL('bare-workflow.ts', import.meta.url)),
    activities: { nothing: () => Promise.resolve() },
  });
  const ended = worker.run();
  return {
    stop: async () => {
      worker.shutdown();
      await ended;
      await connection.close();
    },
  };
}

function everyOtherSecond(
  client: Client,
  scheduleId: string,
  { offset, action }: { readonly offset: number; readonly action: Action },
): Promise<ScheduleHandle> {
  return client.schedule.create({
    scheduleId,
    spec: { intervals: [{ every: '2 seconds', offset: `${offset} seconds` }] },
    policies: { overlap: 'ALLOW_ALL' },
    action,
  });
}

/** In milliseconds, of so many ticks after the first ones, which warm the code up. */
async function latencies(client: Client, schedule: ScheduleHandle): Promise<number[]> {
  const started = new Map<string, { readonly runId: string; readonly nominal: number }>();
  // A schedule knows its last ten starts.
  while (started.size < warmUp + ticks) {
    await new Promise((resolve) => setTimeout(resolve, 5000));
    for (const { scheduledAt, action } of (await schedule.describe()).info.recentActions) {
      const { workflowId, firstExecutionRunId } = action.workflow;
      started.set(workflowId, { runId: firstExecutionRunId, nominal: scheduledAt.getTime() });
    }
  }
  await schedule.delete();
  const late: number[] = [];
  for (const [workflowId, { runId, nominal }] of [...started].slice(warmUp, warmUp + ticks)) {
    const run = client.workflow.getHandle(workflowId, runId);
    await run.result();
    const [first] = await runActivities(run);
    late.push((first?.startedAt ?? Number.NaN) - nominal);
  }
  return late;
}
