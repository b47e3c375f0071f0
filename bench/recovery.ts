import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';

import type { WorkflowHandle } from '@temporalio/client';
import proto from '@temporalio/proto';
import postgres from 'postgres';

import { workflowTaskTimeout } from '../src/schedules/job-schedule.ts';
import { type Figure, median, type Progress, percentile } from './figures.ts';
import { type Product, startProduct } from './product.ts';
import { runActivities } from './run-activities.ts';
import { startWorkerProcess, type WorkerProcess } from './worker-process.ts';

const { PENDING_ACTIVITY_STATE_STARTED: started } = proto.temporal.api.enums.v1.PendingActivityState;
const kills = 30;
/** Of the bare activity, which always takes as long. */
const bareKills = 10;
const crashes = 5;
const filesPerRun = 12;

/**
 * `recovery.worker`: from the SIGKILL of one of two workers to the commit of the first file that it had in work, by the
 * other. Beside it a bare activity under the same time limits, to the end of its second attempt.
 * `recovery.postgres`: from the crash of Postgres, which is started again at once, to the next committed file; beside
 * it the first answer to `select 1`.
 */
export async function benchRecovery(progress: Progress): Promise<Figure[]> {
  await using product = await startProduct();
  const ours: number[] = [];
  const bare: number[] = [];
  while (ours.length < kills) {
    const seconds = await killWorker(product);
    if (seconds === null) continue;
    ours.push(seconds);
    if (ours.length % (kills / bareKills) === 0) bare.push(await killBareWorker(product, ours.length));
    progress(
      `kill ${ours.length} of ${kills}: ${seconds.toFixed(1)} s; bare activity ${bare.at(-1)?.toFixed(1) ?? '-'} s`,
    );
  }
  const committed: number[] = [];
  const answered: number[] = [];
  for (let crash = 1; crash <= crashes; crash++) {
    const times = await crashPostgres(product);
    committed.push(times.committed);
    answered.push(times.answered);
    progress(
      `crash ${crash} of ${crashes}: ${times.committed.toFixed(1)} s, answer ${times.answered.toFixed(1)} s`,
    );
  }
  return [
    {
      name: 'recovery.worker',
      value: percentile(ours, 95),
      unit: 's',
      peer: 'bare_activity',
      peerValue: percentile(bare, 95),
    },
    {
      name: 'recovery.worker.p50',
      value: median(ours),
      unit: 's',
      peer: 'bare_activity',
      peerValue: median(bare),
    },
    {
      name: 'recovery.postgres',
      value: median(committed),
      unit: 's',
      peer: 'first_answer',
      peerValue: median(answered),
    },
  ];
}

/** Seconds; null when the worker was killed just as it had nothing in work. */
async function killWorker(product: Product): Promise<number | null> {
  const run = await product.startRun(filesPerRun);
  const victim = await busyWorker(product, run);
  if (victim === null) {
    await run.result();
    return null;
  }
  const killedAt = Date.now();
  victim.kill();
  product.workers.splice(product.workers.indexOf(victim), 1);
  await product.startWorker();
  await run.result();
  const done = await doneAgain(run);
  return done.length === 0 ? null : (Math.min(...done) - killedAt) / 1000;
}

async function busyWorker(product: Product, run: WorkflowHandle): Promise<WorkerProcess | null> {
  const { pendingActivities } = (await run.describe()).raw;
  const identities = (pendingActivities ?? [])
    .filter(({ state }) => state === started)
    .map(({ lastWorkerIdentity }) => lastWorkerIdentity);
  return product.workers.find(({ pid }) => identities.includes(`${pid}@${hostname()}`)) ?? null;
}

/** When each chunk was committed that an activity had to be tried again for. */
async function doneAgain(run: WorkflowHandle): Promise<number[]> {
  const activities = await runActivities(run);
  const again = new Set(activities.filter(({ attempt }) => attempt > 1).map(({ chunk }) => chunk));
  return activities
    .filter(({ type, chunk }) => type === 'ingestFiles' && again.has(chunk))
    .flatMap(({ completedAt }) => completedAt ?? []);
}

async function killBareWorker({ client, servers }: Product, round: number): Promise<number> {
  const queue = `bare-${round}`;
  const start = (): Promise<WorkerProcess> =>
    startWorkerProcess(
      [fileURLToPath(new URL('bare-recovery-worker.ts', import.meta.url)), servers.temporalAddress, queue],
      { cwd: servers.dir, env: {}, ready: 'Worker started' },
    );
  const workers = [await start(), await start()];
  const run = await client.workflow.start('BareRecoveryWorkflow', {
    workflowId: queue,
    taskQueue: queue,
    workflowTaskTimeout,
  });
  let victim: WorkerProcess | undefined;
  while (victim === undefined) {
    const [pending] = (await run.describe()).raw.pendingActivities ?? [];
    victim = workers.find(({ pid }) => pending?.lastWorkerIdentity === `${pid}@${hostname()}`);
  }
  const killedAt = Date.now();
  victim.kill();
  await run.result();
  const seconds = (Date.now() - killedAt) / 1000;
  await Promise.all(workers.map((worker) => worker.stop()));
  return seconds;
}

async function crashPostgres(product: Product): Promise<{ committed: number; answered: number }> {
  const run = await product.startRun(filesPerRun);
  const crashedAt = Date.now();
  await product.servers.crashPostgres();
  const [answered] = await Promise.all([
    untilAnswered(product.servers.databaseUrl),
    product.servers.restartPostgres(),
  ]);
  await run.result();
  const ends = (await runActivities(run))
    .filter(({ type }) => type === 'ingestFiles')
    .flatMap(({ completedAt }) => completedAt ?? [])
    .filter((time) => time > answered);
  return { committed: (Math.min(...ends) - crashedAt) / 1000, answered: (answered - crashedAt) / 1000 };
}

/** The moment of the first answer, in milliseconds since 1970. */
async function untilAnswered(url: string): Promise<number> {
  for (;;) {
    const sql = postgres(url, { max: 1, connect_timeout: 1, onnotice: () => undefined });
    try {
      await sql`select 1`;
      return Date.now();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    } finally {
      await sql.end({ timeout: 1 });
    }
  }
}
