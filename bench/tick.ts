import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { pino } from 'pino';

import type { SyncInput, SyncResult } from '../src/domain/sync-run.ts';
import { loadSettings } from '../src/settings/load-settings.ts';
import { Secret } from '../src/settings/secret.ts';
import { startWorker } from '../src/worker.ts';
import { type Figure, median, type Progress } from './figures.ts';
import { type LocalServers, startLocalServers } from './local-servers.ts';
import { startSimulatorProcess, writeItems } from './simulator-process.ts';

const files = 1000;
const rounds = 30;
const settingsToml = `
[sync]
quiet_seconds = 0
[datasets.items]
patterns = ["items_*.csv"]
[datasets.items.columns]
id = "integer"
`;

/** A sync run over 1,000 known files with nothing new, beside a bare workflow with one empty activity on the same server. */
export async function benchTick(progress: Progress): Promise<Figure[]> {
  await using servers = await startLocalServers();
  const simulator = await startSimulatorProcess(servers.dir, await writeItems(servers.dir, files));
  const logger = pino({ level: 'silent' });
  try {
    await writeFile(join(servers.dir, 'settings.toml'), settingsToml);
    const { settings } = loadSettings({ cwd: servers.dir, env: { ...simulator.env, ...addresses(servers) } });
    const worker = await startWorker({ settings, databaseUrl: new Secret(servers.databaseUrl), logger });
    const bareConnection = await NativeConnection.connect({ address: servers.temporalAddress });
    const bareWorker = await Worker.create({
      connection: bareConnection,
      taskQueue: 'bare',
      workflowsPath: fileURLToPath(new URL('bare-workflow.ts', import.meta.url)),
      activities: { nothing: () => Promise.resolve() },
    });
    const bareEnded = bareWorker.run();
    const connection = await Connection.connect({ address: servers.temporalAddress });
    try {
      return await measure(new Client({ connection }), settings.temporal.taskQueue, progress);
    } finally {
      await connection.close();
      bareWorker.shutdown();
      worker.shutdown();
      await Promise.all([bareEnded, worker.ended]);
      await bareConnection.close();
    }
  } finally {
    await simulator.stop();
  }
}

async function measure(client: Client, taskQueue: string, progress: Progress): Promise<Figure[]> {
  const first = await sync(client, taskQueue, 'first');
  if (first.ingested !== files) throw new Error(`The first run ingested ${first.ingested} of ${files} files`);
  progress(`${files} files are known`);

  const ours: number[] = [];
  const bare: number[] = [];
  // The first two rounds warm the code up.
  for (let round = -2; round < rounds; round++) {
    const tick = await timed(() => sync(client, taskQueue, `${round}`));
    const empty = await timed(() =>
      client.workflow.execute('BareWorkflow', { workflowId: `bare-${round}`, taskQueue: 'bare' }),
    );
    if (round < 0) continue;
    ours.push(tick);
    bare.push(empty);
  }
  return [
    {
      name: 'tick.nothing_new',
      value: median(ours),
      unit: 'ms',
      peer: 'bare_workflow',
      peerValue: median(bare),
    },
  ];
}

async function sync(client: Client, taskQueue: string, name: string): Promise<SyncResult> {
  const input: SyncInput = {
    job: 'sync',
    source: { kind: 'sharepoint' },
    retries: { maxRetries: 0, retryDelaySeconds: 1, listMaxRetries: 0 },
  };
  return (await client.workflow.execute('SyncAndIngestWorkflow', {
    workflowId: `sync-${name}`,
    taskQueue,
    args: [input],
  })) as SyncResult;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

function addresses(servers: LocalServers): Record<string, string> {
  return { CHARLIE_DATABASE__URL: servers.databaseUrl, CHARLIE_TEMPORAL__ADDRESS: servers.temporalAddress };
}
