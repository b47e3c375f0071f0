import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { pino } from 'pino';
import postgres from 'postgres';

import type { SyncInput, SyncResult } from '../src/domain/sync-run.ts';
import { loadSettings } from '../src/settings/load-settings.ts';
import { Secret } from '../src/settings/secret.ts';
import { startWorker } from '../src/worker.ts';
import { type Figure, median, type Progress } from './figures.ts';
import { type LocalServers, startLocalServers } from './local-servers.ts';
import { startSimulatorProcess, writeItems } from './simulator-process.ts';

/** `SCALE_FILES`: for a machine or a moment that has no time for so many. */
const manyFiles = Number(process.env['SCALE_FILES'] ?? 100_000);
const fewFiles = 100;
const rounds = 30;
const settingsToml = `
[sync]
quiet_seconds = 0
[datasets.items]
patterns = ["items_*.csv"]
[datasets.items.columns]
id = "integer"
`;

/** A SharePoint folder, and a database and a worker of its own that know it. */
interface Known extends AsyncDisposable {
  readonly files: number;
  readonly taskQueue: string;
}

/**
 * A first run over 100,000 files: its memory and its history. Then a run that finds nothing new in a folder of 100,000 known
 * files, beside one over 100 and a bare workflow with one empty activity, in turn on the same servers.
 */
export async function benchScale(progress: Progress): Promise<Figure[]> {
  await using servers = await startLocalServers();
  await using few = await startKnown(servers, fewFiles);
  await using many = await startKnown(servers, manyFiles);
  await using bare = await startBareWorker(servers);
  const connection = await Connection.connect({ address: servers.temporalAddress });
  const client = new Client({ connection });
  try {
    await firstRun(client, few, progress);
    const first = await firstRun(client, many, progress);
    const ticks = await timeTicks(client, { few, many, bare: bare.taskQueue });
    const tick = { name: 'scale.tick', value: median(ticks.many), unit: 'ms' as const };
    return [
      { ...tick, peer: `tick_${fewFiles}_files`, peerValue: median(ticks.few) },
      { ...tick, name: 'scale.tick_bare', peer: 'bare_workflow', peerValue: median(ticks.bare) },
      { name: 'scale.first_run', value: first.peakMb, unit: 'MB' },
      { name: 'scale.first_run_events', value: first.events, unit: 'events' },
      { name: 'scale.first_run_files', value: manyFiles / first.seconds, unit: 'files/s' },
    ];
  } finally {
    await connection.close();
  }
}

async function timeTicks(
  client: Client,
  { few, many, bare }: { few: Known; many: Known; bare: string },
): Promise<Record<'few' | 'many' | 'bare', number[]>> {
  const times = { few: [] as number[], many: [] as number[], bare: [] as number[] };
  // The first rounds warm the code up, and settle what the first run has loaded.
  for (let round = -3; round < rounds; round++) {
    const ofMany = await timed(() => sync(client, many, `${round}`));
    const ofFew = await timed(() => sync(client, few, `${round}`));
    const empty = await timed(() =>
      client.workflow.execute('BareWorkflow', { workflowId: `bare-${round}`, taskQueue: bare }),
    );
    if (round < 0) continue;
    times.many.push(ofMany);
    times.few.push(ofFew);
    times.bare.push(empty);
  }
  return times;
}

interface FirstRun {
  readonly seconds: number;
  readonly events: number;
  /** Of this process, which has all workers in it, above what it had before. */
  readonly peakMb: number;
}

async function firstRun(client: Client, known: Known, progress: Progress): Promise<FirstRun> {
  const before = process.memoryUsage.rss();
  let peak = before;
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 50);
  const started = performance.now();
  const run = await start(client, known, 'first');
  const { ingested } = (await run.result()) as SyncResult;
  const seconds = (performance.now() - started) / 1000;
  clearInterval(watch);
  if (ingested !== known.files) throw new Error(`The first run ingested ${ingested} of ${known.files} files`);
  const { events } = await run.fetchHistory();
  progress(`${known.files} files are known after ${seconds.toFixed(0)} s`);
  return { seconds, events: events?.length ?? Number.NaN, peakMb: (peak - before) / 1024 / 1024 };
}

async function startKnown(servers: LocalServers, files: number): Promise<Known> {
  const taskQueue = `scale-${files}`;
  const cwd = join(servers.dir, taskQueue);
  await mkdir(cwd);
  const simulator = await startSimulatorProcess(cwd, await writeItems(cwd, files));
  await writeFile(join(cwd, 'settings.toml'), settingsToml);
  const url = await createDatabase(servers.databaseUrl, `scale_${files}`);
  const env = {
    ...simulator.env,
    CHARLIE_DATABASE__URL: url,
    CHARLIE_TEMPORAL__ADDRESS: servers.temporalAddress,
    CHARLIE_TEMPORAL__TASK_QUEUE: taskQueue,
  };
  const { settings } = loadSettings({ cwd, env });
  const logger = pino({ level: 'silent' });
  const worker = await startWorker({ settings, databaseUrl: new Secret(url), logger });
  return {
    files,
    taskQueue,
    [Symbol.asyncDispose]: async () => {
      worker.shutdown();
      await worker.ended;
      await simulator.stop();
    },
  };
}

async function createDatabase(serverUrl: string, name: string): Promise<string> {
  const sql = postgres(serverUrl, { max: 1 });
  await sql.unsafe(`create database ${name}`);
  await sql.end();
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

async function startBareWorker(
  servers: LocalServers,
): Promise<AsyncDisposable & { readonly taskQueue: string }> {
  const taskQueue = 'bare';
  const connection = await NativeConnection.connect({ address: servers.temporalAddress });
  const worker = await Worker.create({
    connection,
    taskQueue,
    workflowsPath: fileURLToPath(new URL('bare-workflow.ts', import.meta.url)),
    activities: { nothing: () => Promise.resolve() },
  });
  const ended = worker.run();
  return {
    taskQueue,
    [Symbol.asyncDispose]: async () => {
      worker.shutdown();
      await ended;
      await connection.close();
    },
  };
}

async function sync(client: Client, known: Known, name: string): Promise<void> {
  await (await start(client, known, name)).result();
}

function start(client: Client, { taskQueue }: Known, name: string): Promise<WorkflowHandle> {
  const input: SyncInput = {
    job: 'sync',
    source: { kind: 'sharepoint' },
    retries: { maxRetries: 0, retryDelaySeconds: 1, listMaxRetries: 0 },
  };
  return client.workflow.start('SyncAndIngestWorkflow', {
    workflowId: `${taskQueue}-${name}`,
    taskQueue,
    args: [input],
  });
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
