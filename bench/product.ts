import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Client, Connection, type WorkflowHandle } from '@temporalio/client';

import type { SyncInput } from '../src/domain/sync-run.ts';
import { workflowTaskTimeout } from '../src/schedules/job-schedule.ts';
import { connectionVariables } from '../src/simulator/connection-variables.ts';
import { type Simulator, startSimulator } from '../src/simulator/simulator.ts';
import { type LocalServers, startLocalServers } from './local-servers.ts';
import { startWorkerProcess, type WorkerProcess } from './worker-process.ts';

const program = fileURLToPath(new URL('../bin/charlie.js', import.meta.url));
const taskQueue = 'recovery';

const settingsToml = `
[scheduler]
timezone = "UTC"
[datasets.items]
patterns = ["items_*.csv"]
key = ["id"]
event_time = "at"
[datasets.items.columns]
id = "integer"
at = "timestamp"
name = "text"
[datasets.items.measures]
items = "count(*)"
`;

/** Servers, a SharePoint and two workers in processes of their own. */
export interface Product extends AsyncDisposable {
  readonly servers: LocalServers;
  readonly client: Client;
  readonly workers: WorkerProcess[];
  startWorker(): Promise<WorkerProcess>;
  /** A run over so many new files, each of 20,000 rows; resolves when it has ingested the first two. */
  startRun(files: number): Promise<WorkflowHandle>;
}

export async function startProduct(): Promise<Product> {
  const servers = await startLocalServers();
  const simulator = await startSimulator({
    port: 0,
    stateDir: join(servers.dir, 'simulator'),
    datasets: 'none',
  });
  const cwd = join(servers.dir, 'product');
  await mkdir(cwd);
  await writeFile(join(cwd, 'settings.toml'), settingsToml);
  const env = environment(servers, simulator);
  const connection = await Connection.connect({ address: servers.temporalAddress });
  const client = new Client({ connection });

  const workers: WorkerProcess[] = [];
  let rows = 0;
  let runs = 0;
  const startWorker = async (): Promise<WorkerProcess> => {
    const worker = await startWorkerProcess([program, 'worker'], { cwd, env, ready: 'Worker started' });
    workers.push(worker);
    return worker;
  };
  await Promise.all([startWorker(), startWorker()]);
  return {
    servers,
    client,
    workers,
    startWorker,
    startRun: async (files) => {
      runs++;
      for (let file = 0; file < files; file++) {
        simulator.library.put(`items_${runs}_${file}.csv`, csv(rows));
        rows += rowsPerFile;
      }
      return startRun(client, runs);
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(workers.map((worker) => worker.stop()));
      await connection.close();
      await simulator.close();
      await servers[Symbol.asyncDispose]();
    },
  };
}

const rowsPerFile = 20_000;

function csv(first: number): string {
  const lines = ['id,at,name'];
  for (let id = first; id < first + rowsPerFile; id++)
    lines.push(`${id},2026-11-20T10:15:00Z,"item number ${id}, as it was found"`);
  return `${lines.join('\n')}\n`;
}

async function startRun(client: Client, run: number): Promise<WorkflowHandle> {
  const input: SyncInput = {
    job: 'sync',
    source: { kind: 'sharepoint' },
    retries: { maxRetries: 3, retryDelaySeconds: 1, listMaxRetries: 0 },
  };
  const handle = await client.workflow.start('SyncAndIngestWorkflow', {
    workflowId: `sync-${run}`,
    taskQueue,
    args: [input],
    workflowRunTimeout: '10 minutes',
    workflowTaskTimeout,
  });
  while ((await handle.query<{ ingested: number }>('progress')).ingested < 2)
    await new Promise((resolve) => setTimeout(resolve, 20));
  return handle;
}

function environment(servers: LocalServers, { connection }: Simulator): Record<string, string> {
  return {
    ...connectionVariables(connection),
    CHARLIE_SYNC__QUIET_SECONDS: '0',
    CHARLIE_DATABASE__URL: servers.databaseUrl,
    CHARLIE_TEMPORAL__ADDRESS: servers.temporalAddress,
    CHARLIE_TEMPORAL__TASK_QUEUE: taskQueue,
  };
}
