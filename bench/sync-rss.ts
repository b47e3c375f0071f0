import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Client, Connection } from '@temporalio/client';
import postgres from 'postgres';

import type { SyncInput, SyncResult } from '../src/domain/sync-run.ts';
import { connectionVariables } from '../src/simulator/connection-variables.ts';
import { startSimulator } from '../src/simulator/simulator.ts';
import { callsToml } from './calls-file.ts';
import { type Figure, median, type Progress } from './figures.ts';
import type { SelfMeasure } from './ingest-worker.ts';
import { startLocalServers } from './local-servers.ts';
import { runActivities } from './run-activities.ts';
import { startWorkerProcess } from './worker-process.ts';

const program = fileURLToPath(new URL('ingest-worker.ts', import.meta.url));
const taskQueue = 'large';
const rounds = 3;
const bytes = 2_000_000_000;
/** Of no dataset's columns: the file is refused when it is here, so that what is measured is its way to the disk. */
const line = 'this,is,no,call,of,anybody\n';

/** How much more memory a worker has at most while a run fetches a file of 2 GB than when it was warm and had nothing to do. */
export async function benchSyncRss(progress: Progress): Promise<Figure[]> {
  await using servers = await startLocalServers();
  const simulator = await startSimulator({
    port: 0,
    stateDir: join(servers.dir, 'simulator'),
    datasets: 'none',
  });
  const cwd = join(servers.dir, 'worker');
  await mkdir(cwd);
  await writeFile(join(cwd, 'settings.toml'), callsToml);
  const worker = await startWorkerProcess([program], {
    cwd,
    env: {
      ...connectionVariables(simulator.connection),
      CHARLIE_DATABASE__URL: servers.databaseUrl,
      CHARLIE_SYNC__QUIET_SECONDS: '0',
      CHARLIE_TEMPORAL__ADDRESS: servers.temporalAddress,
      CHARLIE_TEMPORAL__TASK_QUEUE: taskQueue,
    },
    ready: 'Worker started',
  });
  const sql = postgres(servers.databaseUrl, { max: 1, onnotice: () => undefined });
  const connection = await Connection.connect({ address: servers.temporalAddress });
  const client = new Client({ connection });
  try {
    simulator.library.put('calls_warm-up.csv', Buffer.alloc(20_000_000, line));
    await fetchOnce(client, 'warm-up');
    simulator.library.remove('calls_warm-up.csv');
    simulator.library.put('calls_large.csv', Buffer.alloc(bytes, line));

    const growths: number[] = [];
    for (let round = 1; round <= rounds; round++) {
      await sql`truncate charlie.sources, charlie.run_history, charlie.ingestion_log cascade`;
      const before = await worker.ask<SelfMeasure>('begin');
      const seconds = await fetchOnce(client, `round-${round}`);
      const { peakMb } = await worker.ask<SelfMeasure>('end');
      growths.push(peakMb - before.nowMb);
      progress(
        `round ${round} of ${rounds}: ${(peakMb - before.nowMb).toFixed(0)} MB above ${before.nowMb.toFixed(0)} MB, ` +
          `fetched with ${(bytes / 1e6 / seconds).toFixed(0)} MB/s`,
      );
    }
    return [{ name: 'sync.rss', value: median(growths), unit: 'MB' }];
  } finally {
    await worker.stop();
    await connection.close();
    await sql.end();
    await simulator.close();
  }
}

/** Returns how long the download took. */
async function fetchOnce(client: Client, name: string): Promise<number> {
  const input: SyncInput = {
    job: 'sync',
    source: { kind: 'sharepoint' },
    retries: { maxRetries: 0, retryDelaySeconds: 1, listMaxRetries: 0 },
  };
  const run = await client.workflow.start('SyncAndIngestWorkflow', {
    workflowId: `large-${name}`,
    taskQueue,
    args: [input],
  });
  const result = (await run.result()) as SyncResult;
  if (result.downloaded !== 1 || result.quarantined !== 1)
    throw new Error(`The run did not fetch its file: ${JSON.stringify(result)}`);
  const downloads = (await runActivities(run)).filter(({ type }) => type === 'downloadFiles');
  return downloads.reduce(
    (sum, { startedAt, completedAt }) => sum + ((completedAt ?? Number.NaN) - startedAt) / 1000,
    0,
  );
}
