import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Client, Connection } from '@temporalio/client';

import { freePort } from '../src/local/ports.ts';
import { createJob } from '../src/schedules/edit-job.ts';
import { newJob } from '../src/schedules/job-defaults.ts';
import { listJobs } from '../src/schedules/read-jobs.ts';
import { triggerJob } from '../src/schedules/trigger-job.ts';
import { loadSettings } from '../src/settings/load-settings.ts';
import { type Figure, median, type Progress, percentile } from './figures.ts';
import { startLocalServers } from './local-servers.ts';
import { measureTickLatency } from './tick-latency.ts';
import { startWorkerProcess } from './worker-process.ts';

const program = fileURLToPath(new URL('../bin/charlie.js', import.meta.url));
const jobs = 200;
const atOnce = 8;
const lists = 48;
const rounds = 3;

/**
 * The API in a process of its own, asked by eight at once: for 200 jobs, and to run one of them. Beside it the same is done with
 * Temporal's client alone, in turn. Then how long after its nominal time a tick's first activity begins.
 */
export async function benchApi(progress: Progress): Promise<Figure[]> {
  await using servers = await startLocalServers();
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
  const connection = await Connection.connect({ address: servers.temporalAddress });
  const client = new Client({ connection });
  const ids = Array.from({ length: jobs }, (_, number) => `job-${number}`);
  for (const id of ids) {
    const job = { ...newJob(id, 'sync', settings), overlap: 'allow' as const };
    await createJob(client.schedule, settings, job, { origin: 'api', replaceExisting: false });
  }
  await untilListed(client);
  const api = await startWorkerProcess([program, 'api'], { cwd, env, ready: 'API started' });
  const url = `http://127.0.0.1:${port}/scheduler/jobs`;
  try {
    const read = await inTurn(
      () => load(lists, async () => expect(await fetch(`${url}?limit=${jobs}`), 200)),
      () => load(lists, () => listJobs(client.schedule)),
    );
    progress(`${jobs} jobs were read`);
    const run = await inTurn(
      () =>
        load(jobs, async (turn) => expect(await fetch(`${url}/${ids[turn]}/run`, { method: 'POST' }), 202)),
      () => load(jobs, (turn) => triggerJob(client.schedule, ids[turn] ?? '', false)),
    );
    progress(`${jobs} jobs were run`);
    return [
      ...figures('api.jobs', read),
      ...figures('api.run', run),
      ...(await measureTickLatency(servers, client, progress)),
    ];
  } finally {
    await api.stop();
    await connection.close();
  }
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
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (next < calls) {
        const asked = performance.now();
        await call(next++);
        times.push(performance.now() - asked);
      }
    }),
  );
  return { perSecond: (calls / (performance.now() - began)) * 1000, p99: percentile(times, 99) };
}

interface Compared {
  readonly ours: readonly Load[];
  readonly peers: readonly Load[];
}

async function inTurn(ours: () => Promise<Load>, peer: () => Promise<Load>): Promise<Compared> {
  const compared = { ours: [] as Load[], peers: [] as Load[] };
  // The first round warms the code up.
  for (let round = 0; round <= rounds; round++) {
    const [first, second] = [await ours(), await peer()];
    if (round === 0) continue;
    compared.ours.push(first);
    compared.peers.push(second);
  }
  return compared;
}

function figures(name: string, { ours, peers }: Compared): Figure[] {
  const of = (loads: readonly Load[], part: keyof Load) => median(loads.map((each) => each[part]));
  const peer = 'temporal_client';
  return [
    { name, value: of(ours, 'perSecond'), unit: 'requests/s', peer, peerValue: of(peers, 'perSecond') },
    { name: `${name}_p99`, value: of(ours, 'p99'), unit: 'ms', peer, peerValue: of(peers, 'p99') },
  ];
}

async function expect(response: Response, status: number): Promise<void> {
  const body = await response.text();
  if (response.status !== status) throw new Error(`The API answered ${response.status}: ${body}`);
}

/** Temporal's list is behind what was made. */
async function untilListed({ schedule }: Client): Promise<void> {
  while ((await listJobs(schedule)).length < jobs) await new Promise((resolve) => setTimeout(resolve, 100));
}
