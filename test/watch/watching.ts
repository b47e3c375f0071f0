import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { pino } from 'pino';

import { Secret } from '../../src/settings/secret.ts';
import type { Settings } from '../../src/settings/settings.ts';
import { watchFolders } from '../../src/watch/watch-folders.ts';
import { type WatchTarget, watchTarget } from '../../src/watch/watch-target.ts';
import { type RunningWorker, startWorker } from '../../src/worker.ts';
import { Pipeline } from '../support/pipeline.ts';
import { type Sale, salesCsv, salesToml } from '../support/sales.ts';
import { until } from '../survival/waiting.ts';

/** A pipeline without a worker, with a folder `dropped` besides ingestion_dir that its settings have watched. */
export async function watchedPipeline(
  env: Readonly<Record<string, string>> = {},
  toml = salesToml,
): Promise<Pipeline & { readonly incoming: string; readonly dropped: string }> {
  const pipeline = await Pipeline.start({
    toml: `${toml}\n[watch]\ndirectories = ["dropped"]\nquiet_seconds = 1\npoll_seconds = 1\n`,
    worker: false,
    env: { CHARLIE_SCHEDULER__RETRY_DELAY_SECONDS: '1', ...env },
  });
  const [incoming, dropped] = [pipeline.settings.scheduler.ingestionDir, join(pipeline.dir, 'dropped')];
  for (const folder of [incoming, dropped]) await mkdir(folder, { recursive: true });
  return Object.assign(pipeline, { incoming, dropped });
}

/** What `charlie run` does but for the schedule: a worker, and the watch. */
export class Watching implements AsyncDisposable {
  readonly logged: Record<string, unknown>[];
  readonly target: WatchTarget;
  readonly #worker: RunningWorker;
  readonly #over: AbortController;
  readonly #ended: Promise<void>;

  static async start(pipeline: Pipeline, settings: Settings = pipeline.settings): Promise<Watching> {
    const logged: Record<string, unknown>[] = [];
    const write = (line: string): void => {
      logged.push(JSON.parse(line) as Record<string, unknown>);
    };
    const logger = pino({ level: 'info', base: null }, { write });
    const target = (await watchTarget(settings))!;
    const databaseUrl = settings.database.url ?? new Secret('');
    const worker = await startWorker({ settings, databaseUrl, logger, watchQueue: target.taskQueue });
    const over = new AbortController();
    const { client } = pipeline;
    const ended = watchFolders({ settings, databaseUrl, client, logger, target, signal: over.signal });
    return new Watching({ logged, target, worker, over, ended });
  }

  private constructor(parts: {
    logged: Record<string, unknown>[];
    target: WatchTarget;
    worker: RunningWorker;
    over: AbortController;
    ended: Promise<void>;
  }) {
    this.logged = parts.logged;
    this.target = parts.target;
    this.#worker = parts.worker;
    this.#over = parts.over;
    this.#ended = parts.ended;
  }

  saying(message: string): readonly Record<string, unknown>[] {
    return this.logged.filter(({ msg }) => String(msg).startsWith(message));
  }

  /** What kept it from going on. */
  get troubles(): readonly Record<string, unknown>[] {
    return [...this.saying('The watch waits'), ...this.saying('The run for dropped files failed')];
  }

  async stop(): Promise<void> {
    this.#over.abort();
    await this.#ended;
    this.#worker.shutdown();
    await this.#worker.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** Waits until the table holds sales with these ids, each once. */
export async function untilLoaded({ sql }: Pipeline, ids: readonly number[]): Promise<void> {
  const loaded = async (): Promise<number[]> => {
    const [{ exists }] = await sql<
      [{ exists: boolean }]
    >`select to_regclass('datasets.sales') is not null as exists`;
    if (!exists) return [];
    return (await sql<{ id: number }[]>`select id from datasets.sales order by id`).map(({ id }) => id);
  };
  const wanted = JSON.stringify(ids.toSorted((one, other) => one - other));
  await until(
    `the ids ${wanted.slice(0, 100)} are loaded`,
    async () => JSON.stringify(await loaded()) === wanted,
    async () => `${JSON.stringify(await loaded())}\n${JSON.stringify(await watchRuns({ sql }))}`,
  );
}

/** Waits until the ledger holds as many versions of each of these states, and no others. */
export async function untilStates(
  { sql }: Pipeline,
  wanted: Readonly<Record<string, number>>,
): Promise<void> {
  const found = async (): Promise<string> => {
    const counts = await sql<{ state: string; count: number }[]>`
      select state, count(*)::int as count from charlie.ingestion_log group by state order by state`;
    return JSON.stringify(Object.fromEntries(counts.map(({ state, count }) => [state, count])));
  };
  const text = JSON.stringify(wanted);
  await until(`the ledger holds ${text}`, async () => (await found()) === text, found);
}

export interface WatchRun {
  readonly status: string;
  readonly listed: number;
  readonly ingested: number;
  readonly quarantined: number;
  readonly failed: number;
}

/** The records of the runs for dropped files. */
export async function watchRuns({ sql }: Pick<Pipeline, 'sql'>): Promise<readonly WatchRun[]> {
  return [
    ...(await sql<WatchRun[]>`
      select status, listed, ingested, quarantined, failed from charlie.run_history where job = 'watch' order by start_ts`),
  ];
}

/** By the records and by Temporal, which learns of it a moment later. */
export async function untilNoRunIsOpen({ sql, client, settings }: Pipeline): Promise<void> {
  const query = `TaskQueue = "${settings.temporal.taskQueue}" AND ExecutionStatus = "Running"`;
  await until('no run is open', async () => {
    if ((await sql`select from charlie.run_history where status = 'running'`).length > 0) return false;
    for await (const run of client.workflow.list({ query })) if (run.workflowId !== '') return false;
    return true;
  });
}

export function csv(...ids: readonly number[]): string {
  return salesCsv(ids.map((id): Sale => ({ id })));
}
