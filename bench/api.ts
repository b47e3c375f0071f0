import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Client, Connection } from '@temporalio/client';

import { freePort } from '../src/local/ports.ts';
import { createJob } from '../src/schedules/edit-job.ts';
import { newJob } from '../src/schedules/job-defaults.ts';
import { jobIds, listJobs } from '../src/schedules/read-jobs.ts';
import { loadSettings } from '../src/settings/load-settings.ts';
import type { Settings } from '../src/settings/settings.ts';
import { type Figure, median, type Progress, percentile } from './figures.ts';
import { type LocalServers, startLocalServers } from './local-servers.ts';
import { measureTickLatency } from './tick-latency.ts';
import { startWorkerProcess } from './worker-process.ts';

const program = fileURLToPath(new URL('../bin/charlie.js', import.meta.url));
const jobs = 200;
const atOnce = 8;
const rounds = 3;

/**
 * The API in a process of its own, asked by eight at once for 200 jobs, and to run each of them. Beside it the same by Temporal's
 * client alone, in turn: the jobs are described, runs are started without a schedule. Then how late the first activity of a tick begins.
 */
export async function benchApi(progress: Progress): Promise<Figure[]> {
  await using servers = await startLocalServers();
  const connection = await Connection.connect({ address: servers.temporalAddress });
  try {
    const client = new Client({ connection });
    const requests = await measureRequests(servers, client, progress);
    return [...requests, ...(await measureTickLatency(servers, client, progress))];
  } finally {
    await connection.close();
  }
}

async function measureRequests(servers: LocalServers, client: Client, progress: Progress): Promise<Figure[]> {
  const cwd = join(servers.dir, 'api');
  await mkdir(cwd);
  await writeFile(join(cwd, 'settings.toml'), '');
  const port = await freePort();
  const env = {
    CHARLIE_DATABASE__URL: servers.databaseUrl,
    CHARLIE_TEMPORAL__ADDRESS: servers.temporalAddress,
    CHARLIE_API__PORT: String(port),
    CHARLIE_API__REQUESTS_PER_MINUTE: '1000000',
  };
  const { settings } = loadSettings({ cwd, env });
  const ids = await createJobs(client, settings);
  progress(`${jobs} jobs were made`);
  const api = await startWorkerProcess([program, 'api'], { cwd, env, ready: 'API started' });
  const url = `http://127.0.0.1:${port}/scheduler/jobs`;
  const list = (headers: Record<string, string>) => ask(`${url}?limit=${jobs}`, { headers }, 200);
  try {
    const read = await inTurn(
      () => load(6 * atOnce, () => list({})),
      () => load(atOnce, () => listJobs(client.schedule)),
    );
    progress(`${jobs} jobs were read`);
    const readOlder = await inTurn(
      () => load(250 * atOnce, () => list({ 'cache-control': 'max-age=10' })),
      () => load(atOnce, () => listJobs(client.schedule)),
    );
    progress(`${jobs} jobs were read by who allows an age`);
    const run = await inTurn(
      () => load(jobs, (turn) => ask(`${url}/${ids[turn] ?? ''}/run`, { method: 'POST' }, 202)),
      (round) => load(jobs, (turn) => startBare(client, settings, `${round}-${turn}`)),
    );
    progress(`${jobs} jobs were run`);
    return [
      ...figures('api.jobs', 'temporal_client', read),
      ...figures('api.jobs_max_age', 'temporal_client', readOlder),
      ...figures('api.run', 'bare_start', run),
    ];
  } finally {
    await api.stop();
  }
}

/** Whose runs nobody does: they stay where they began. */
async function createJobs({ schedule }: Client, settings: Settings): Promise<string[]> {
  const ids = Array.from({ length: jobs }, (_, number) => `job-${number}`);
  for (const id of ids) {
    const job = {
      ...newJob(id, 'sync', settings),
      overlap: 'allow' as const,
      cadences: [{ kind: 'interval' as const, seconds: 86_400, offsetSeconds: 0 }],
    };
    await createJob(schedule, settings, job, { origin: 'api', replaceExisting: false });
  }
  // Temporal's list is behind what was made.
  while ((await jobIds(schedule)).length < jobs) await new Promise((resolve) => setTimeout(resolve, 100));
  return ids;
}

/** The least that has a run begin. */
async function startBare({ workflow }: Client, settings: Settings, name: string): Promise<void> {
  const { taskQueue } = settings.temporal;
  await workflow.start('BareWorkflow', { workflowId: `bare-start-${name}`, taskQueue });
}

async function ask(url: string, init: RequestInit, status: number): Promise<void> {
  const response = await fetch(url, init);
  const body = await response.text();
  if (response.status !== status) throw new Error(`The API answered ${response.status}: ${body}`);
}

interface Load {
  readonly perSecond: number;
  readonly p99: number;
}

/** So many calls, by eight at once, each of whom waits for its answer. */
async function load(calls: number, call: (turn: number) => Promise<unknown>): Promise<Load> {
  const times: number[] = [];
  const began = performance.now();
  let next = 0;
  const ended = await Promise.allSettled(
    Array.from({ length: atOnce }, async () => {
      while (next < calls) {
        const asked = performance.now();
        await call(next++);
        times.push(performance.now() - asked);
      }
    }),
  );
  for (const each of ended) if (each.status === 'rejected') throw each.reason;
  return { perSecond: (calls / (performance.now() - began)) * 1000, p99: percentile(times, 99) };
}

interface Compared {
  readonly ours: readonly Load[];
  readonly peers: readonly Load[];
}

async function inTurn(
  ours: (round: number) => Promise<Load>,
  peer: (round: number) => Promise<Load>,
): Promise<Compared> {
  const compared = { ours: [] as Load[], peers: [] as Load[] };
  // The first round warms the code up.
  for (let round = 0; round <= rounds; round++) {
    const [first, second] = [await ours(round), await peer(round)];
    if (round === 0) continue;
    compared.ours.push(first);
    compared.peers.push(second);
  }
  return compared;
}

function figures(name: string, peer: string, { ours, peers }: Compared): Figure[] {
  const of = (loads: readonly Load[], part: keyof Load) => median(loads.map((each) => each[part]));
  return [
    { name, value: of(ours, 'perSecond'), unit: 'requests/s', peer, peerValue: of(peers, 'perSecond') },
    { name: `${name}_p99`, value: of(ours, 'p99'), unit: 'ms', peer, peerValue: of(peers, 'p99') },
  ];
}
