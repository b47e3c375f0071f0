import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Client, Connection } from '@temporalio/client';
import type { Duration } from '@temporalio/common';
import { inject } from 'vitest';

import { connect, type Sql } from '../../src/database/connection.ts';
import type { SyncInput, SyncResult } from '../../src/domain/sync-run.ts';
import { retryRules, workflowTaskTimeout } from '../../src/schedules/job-schedule.ts';
import { loadSettings } from '../../src/settings/load-settings.ts';
import { Secret } from '../../src/settings/secret.ts';
import type { Settings } from '../../src/settings/settings.ts';
import { connectionVariables } from '../../src/simulator/connection-variables.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { type RunningWorker, startWorker } from '../../src/worker.ts';
import { ownPort } from './own-port.ts';
import { quietPino } from './quiet-logger.ts';
import { createMigratedDatabase } from './with-database.ts';

export interface PipelineOptions {
  /** settings.toml; the connections are filled in. */
  readonly toml: string;
  /** Environment variables, which go before what is filled in; with a database of the test's own none is made. */
  readonly env?: Readonly<Record<string, string>>;
  readonly library?: 'generated' | 'none' | { readonly files: string };
  readonly now?: () => Date;
  /** Without a worker nothing is done until the test starts one. */
  readonly worker?: boolean;
}

/** The whole product in a folder, a database and a queue of its own: simulator, worker, settings. */
export class Pipeline implements AsyncDisposable {
  readonly dir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly settings: Settings;
  readonly simulator: Simulator;
  readonly sql: Sql;
  readonly client: Client;
  readonly #cleanUp: (() => Promise<unknown>)[] = [];

  static async start(options: PipelineOptions): Promise<Pipeline> {
    const dir = await mkdtemp(join(tmpdir(), 'charlie-pipeline-'));
    const library = options.library ?? 'none';
    const simulator = await startSimulator({
      // Some tests stop it, and start it again where it was.
      port: await ownPort(),
      stateDir: join(dir, 'simulator'),
      ...(typeof library === 'string' ? { datasets: library } : library),
      ...(options.now === undefined ? {} : { now: options.now }),
    });
    const own = options.env?.['CHARLIE_DATABASE__URL'];
    const database = own === undefined ? await createMigratedDatabase() : null;
    await writeFile(join(dir, 'settings.toml'), options.toml);
    const url = own ?? database?.url ?? '';
    const env = { ...environment(simulator, url), ...options.env };
    const { settings } = loadSettings({ cwd: dir, env });
    const connection = await Connection.connect({ address: settings.temporal.address });
    const pipeline = new Pipeline({
      dir,
      env,
      settings,
      simulator,
      client: new Client({ connection, namespace: settings.temporal.namespace }),
      url,
    });
    pipeline.#cleanUp.push(
      () => connection.close(),
      () => simulator.close(),
      () => pipeline.sql.end({ timeout: 5 }),
      async () => database?.drop(),
      () => rm(dir, { recursive: true, force: true }),
    );
    if (options.worker ?? true) await pipeline.startWorker();
    return pipeline;
  }

  private constructor(
    parts: Pick<Pipeline, 'dir' | 'env' | 'settings' | 'simulator' | 'client'> & { url: string },
  ) {
    this.dir = parts.dir;
    this.env = parts.env;
    this.settings = parts.settings;
    this.simulator = parts.simulator;
    this.client = parts.client;
    this.sql = connect(new Secret(parts.url), 2);
  }

  async startWorker(settings: Settings = this.settings): Promise<RunningWorker> {
    const databaseUrl = settings.database.url ?? new Secret('');
    const worker = await startWorker({ settings, databaseUrl, logger: quietPino });
    this.#cleanUp.unshift(async () => {
      worker.shutdown();
      await worker.ended;
    });
    return worker;
  }

  /** One run of the sync job, outside its schedule. */
  async sync(input: Partial<SyncInput> = {}): Promise<SyncResult> {
    return (await this.startSync(input)).result() as Promise<SyncResult>;
  }

  async startSync(
    input: Partial<SyncInput> = {},
    workflowRunTimeout: Duration = '5 minutes',
  ): ReturnType<Client['workflow']['start']> {
    const retries = { ...retryRules(this.settings), retryDelaySeconds: 1 };
    return this.client.workflow.start('SyncAndIngestWorkflow', {
      workflowId: `sync-${randomUUID()}`,
      taskQueue: this.settings.temporal.taskQueue,
      args: [{ job: 'sync', source: { kind: 'sharepoint' }, retries, ...input }],
      workflowRunTimeout,
      workflowTaskTimeout,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const step of this.#cleanUp) await step();
  }
}

function environment({ connection }: Simulator, databaseUrl: string): Record<string, string> {
  return {
    ...connectionVariables(connection),
    CHARLIE_DATABASE__URL: databaseUrl,
    // Files are put there just before a run that is to take them.
    CHARLIE_SYNC__QUIET_SECONDS: '0',
    CHARLIE_TEMPORAL__ADDRESS: inject('temporalAddress'),
    CHARLIE_TEMPORAL__TASK_QUEUE: `test-${randomUUID()}`,
  };
}
