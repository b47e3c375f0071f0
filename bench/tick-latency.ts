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
const taskQueue = 'ticking';

/** How long after its nominal time a tick's first activity begins: of sync jobs and of a bare workflow, both with a tick a second. */
export async function measureTickLatency(
  servers: LocalServers,
  client: Client,
  progress: Progress,
): Promise<Figure[]> {
  const cwd = join(servers.dir, 'ticks');
  await mkdir(cwd);
  const simulator = await startSimulatorProcess(cwd, await writeItems(cwd, 1));
  await writeFile(join(cwd, 'settings.toml'), '[scheduler]\nallow_overlap = true\n');
  const { settings } = loadSettings({
    cwd,
    env: {
      ...simulator.env,
      CHARLIE_DATABASE__URL: servers.databaseUrl,
      CHARLIE_TEMPORAL__ADDRESS: servers.temporalAddress,
      CHARLIE_TEMPORAL__TASK_QUEUE: taskQueue,
    },
  });
  const logger = pino({ level: 'silent' });
  const worker = await startWorker({ settings, databaseUrl: new Secret(servers.databaseUrl), logger });
  const connection = await NativeConnection.connect({ address: servers.temporalAddress });
  const bareWorker = await Worker.create({
    connection,
    taskQueue: 'bare',
    workflowsPath: fileURLToPath(new URL('bare-workflow.ts', import.meta.url)),
    activities: { nothing: () => Promise.resolve() },
  });
  const bareEnded = bareWorker.run();
  try {
    const { action } = jobSchedule(newJob('ticking', 'sync', settings), 'api', settings).schedule;
    const ours = await everySecond(client, 'ticking', action);
    const bare = await everySecond(client, 'bare', {
      type: 'startWorkflow',
      workflowType: 'BareWorkflow',
      workflowId: 'bare',
      taskQueue: 'bare',
    });
    const [late, bareLate] = await Promise.all([latencies(client, ours), latencies(client, bare)]);
    progress(`${ticks} ticks were measured`);
    return [50, 95].map((percent) => ({
      name: percent === 50 ? 'tick.latency' : `tick.latency_p${percent}`,
      value: percentile(late, percent),
      unit: 'ms',
      peer: 'bare_workflow',
      peerValue: percentile(bareLate, percent),
    }));
  } finally {
    worker.shutdown();
    bareWorker.shutdown();
    await Promise.all([worker.ended, bareEnded]);
    await connection.close();
    await simulator.stop();
  }
}

type Action = Parameters<Client['schedule']['create']>[0]['action'];

async function everySecond(client: Client, scheduleId: string, action: Action): Promise<ScheduleHandle> {
  return client.schedule.create({
    scheduleId,
    spec: { intervals: [{ every: '1 second' }] },
    policies: { overlap: 'ALLOW_ALL' },
    action,
  });
}

/** Of the first ticks, in milliseconds. */
async function latencies(client: Client, schedule: ScheduleHandle): Promise<number[]> {
  const started = new Map<string, { readonly runId: string; readonly nominal: number }>();
  // A schedule knows its last ten starts.
  while (started.size < ticks) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    for (const { scheduledAt, action } of (await schedule.describe()).info.recentActions) {
      const { workflowId, firstExecutionRunId } = action.workflow;
      started.set(workflowId, { runId: firstExecutionRunId, nominal: scheduledAt.getTime() });
    }
  }
  await schedule.delete();
  const late: number[] = [];
  for (const [workflowId, { runId, nominal }] of started) {
    const run = client.workflow.getHandle(workflowId, runId);
    await run.result();
    const [first] = await runActivities(run);
    late.push((first?.startedAt ?? Number.NaN) - nominal);
  }
  return late;
}
