import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Client, Connection } from '@temporalio/client';
import postgres from 'postgres';

import type { SyncInput, SyncResult } from '../src/domain/sync-run.ts';
import { callsToml } from './calls-file.ts';
import type { SelfMeasure } from './ingest-worker.ts';
import type { LocalServers } from './local-servers.ts';
import { runActivities } from './run-activities.ts';
import { startWorkerProcess } from './worker-process.ts';

const program = fileURLToPath(new URL('ingest-worker.ts', import.meta.url));
const taskQueue = 'loading';

export interface Load extends SelfMeasure {
  /** Of the activity that turns the file into rows, from its start to its end in Temporal's history. */
  readonly seconds: number;
  /** Of the run as a whole. */
  readonly runSeconds: number;
  readonly result: SyncResult;
  /** What the worker had before. */
  readonly beforeMb: number;
}

/** A worker in a process of its own that loads files, each time into empty tables. */
export interface Loader extends AsyncDisposable {
  /** Where files are that a run finds. */
  readonly dir: string;
  load(paths: readonly string[]): Promise<Load>;
  /** What is in SharePoint. */
  sync(): Promise<Load>;
}

/** `env`: settings of the worker besides those of the servers. */
export async function startLoader(
  servers: LocalServers,
  env: Readonly<Record<string, string>> = {},
): Promise<Loader> {
  const dir = join(servers.dir, 'loader');
  await mkdir(dir);
  await writeFile(join(dir, 'settings.toml'), callsToml);
  const worker = await startWorkerProcess([program], {
    cwd: dir,
    env: {
      ...env,
      CHARLIE_DATABASE__URL: servers.databaseUrl,
      CHARLIE_TEMPORAL__ADDRESS: servers.temporalAddress,
      CHARLIE_TEMPORAL__TASK_QUEUE: taskQueue,
    },
    ready: 'Worker started',
  });
  const sql = postgres(servers.databaseUrl, { max: 1, onnotice: () => undefined });
  const connection = await Connection.connect({ address: servers.temporalAddress });
  const client = new Client({ connection });
  let runs = 0;
  return {
    dir,
    load: (paths) => run({ kind: 'directory', paths }),
    sync: () => run({ kind: 'sharepoint' }),
    [Symbol.asyncDispose]: async () => {
      await worker.stop();
      await connection.close();
      await sql.end();
    },
  };

  async function run(source: SyncInput['source']): Promise<Load> {
    await sql`truncate charlie.sources, charlie.run_history, charlie.ingestion_log, datasets.calls cascade`;
    await sql`truncate charlie.stale_hours, charlie.hourly_aggregates, charlie.aggregated_hours`;
    await sql`checkpoint`;
    const before = await worker.ask<SelfMeasure>('begin');
    const began = performance.now();
    const handle = await client.workflow.start('SyncAndIngestWorkflow', {
      workflowId: `load-${++runs}`,
      taskQueue,
      args: [inputOf(source)],
    });
    const result = (await handle.result()) as SyncResult;
    const runSeconds = (performance.now() - began) / 1000;
    const measure = await worker.ask<SelfMeasure>('end');
    const ingests = (await runActivities(handle)).filter(({ type }) => type === 'ingestFiles');
    const seconds = ingests.reduce(
      (sum, { startedAt, completedAt }) => sum + ((completedAt ?? Number.NaN) - startedAt) / 1000,
      0,
    );
    return { ...measure, seconds, runSeconds, result, beforeMb: before.nowMb };
  }
}

function inputOf(source: SyncInput['source']): SyncInput {
  return {
    job: source.kind === 'directory' ? 'ingest' : 'sync',
    source,
    retries: { maxRetries: 0, retryDelaySeconds: 1, listMaxRetries: 0 },
  };
}
