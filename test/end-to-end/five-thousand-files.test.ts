import { NativeConnection, Worker } from '@temporalio/worker';
import { expect, test } from 'vitest';

import type { Activities, ChunkInput } from '../../activities/contract.ts';
import { createActivities } from '../../activities/index.ts';
import { connect, type Sql } from '../../src/database/connection.ts';
import { migrate } from '../../src/database/migrate.ts';
import { readChunk } from '../../src/database/queries/chunk-files.ts';
import { Secret } from '../../src/settings/secret.ts';
import { configuredGateway } from '../../src/sharepoint/configured-gateway.ts';
import { workflowBundle } from '../../src/workflow-bundle.ts';
import { Pipeline } from '../support/pipeline.ts';
import { quietLogger, quietRuntime } from '../support/quiet-logger.ts';
import { manySales, salesCsv, salesToml } from '../support/sales.ts';

test('a folder of 5,000 files is one run of less than 4,000 events, none with a payload of more than 64 KB', async () => {
  const files = 5000;
  await using pipeline = await Pipeline.start({ toml: salesToml, worker: false });
  const { library } = pipeline.simulator;
  for (let file = 0; file < files; file++) library.put(`sales ${file}.csv`, `${file}`);
  await using worker = await WithoutTransfer.start(pipeline);

  const run = await pipeline.startSync();
  expect(await run.result()).toMatchObject({
    status: 'succeeded',
    listed: files,
    downloaded: files,
    ingested: files,
    rowsLoaded: 2 * files,
  });

  expect([worker.downloaded, worker.ingested]).toEqual([files, files]);
  expect(
    await pipeline.sql`select state, count(*) as files from charlie.ingestion_log group by state`,
  ).toEqual([{ state: 'ingested', files }]);
  const { events } = await run.fetchHistory();
  expect(events?.length).toBeLessThan(4000);
  const sizes = payloadSizes(events);
  expect(sizes.length).toBeGreaterThan(400);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(64 * 1024);
}, 300_000);

test('more files than there may be chunks are all loaded by one run, once', async () => {
  const files = 250;
  await using pipeline = await Pipeline.start({ toml: salesToml });
  for (let file = 0; file < files; file++) {
    pipeline.simulator.library.put(`sales ${file}.csv`, salesCsv(manySales(2, 2 * file)));
  }

  expect(await pipeline.sync()).toMatchObject({
    status: 'succeeded',
    listed: files,
    ingested: files,
    rowsLoaded: 2 * files,
  });

  const { sql } = pipeline;
  expect(
    await sql`
      select count(*) as rows, count(distinct id) as ids, min(id) as first, max(id) as last, count(distinct _file_id) as files
      from datasets.sales`,
  ).toEqual([{ rows: 2 * files, ids: 2 * files, first: 0, last: 2 * files - 1, files }]);
  const [{ chunks }] = await sql<[{ chunks: number }]>`
    select count(distinct chunk)::int as chunks from charlie.run_files`;
  expect(chunks).toBeLessThanOrEqual(200);
});

/** A worker that lists, plans and records like any other, and only notes that a chunk was fetched and loaded: two rows a file. */
class WithoutTransfer implements AsyncDisposable {
  downloaded = 0;
  ingested = 0;
  readonly #sql: Sql;
  readonly #cleanUp: (() => unknown)[] = [];

  static async start({ settings }: Pipeline): Promise<WithoutTransfer> {
    quietRuntime();
    const self = new WithoutTransfer(connect(settings.database.url ?? new Secret('')));
    const sharepoint = configuredGateway(settings);
    const connection = await NativeConnection.connect({ address: settings.temporal.address });
    await migrate(self.#sql, settings.datasets);
    const { taskQueue } = settings.temporal;
    const worker = await Worker.create({
      connection,
      namespace: settings.temporal.namespace,
      taskQueue,
      workflowBundle: await workflowBundle(quietLogger),
      activities: {
        ...createActivities({ settings, sql: self.#sql, sharepoint, place: null }),
        ...self.#transfer(taskQueue),
      },
    });
    const ended = worker.run();
    self.#cleanUp.push(
      () => {
        worker.shutdown();
        return ended;
      },
      () => connection.close(),
      () => sharepoint?.close(),
      () => self.#sql.end({ timeout: 5 }),
    );
    return self;
  }

  private constructor(sql: Sql) {
    this.#sql = sql;
  }

  #transfer(place: string): Pick<Activities, 'downloadFiles' | 'ingestFiles'> {
    return {
      downloadFiles: async (input) => {
        const positions = await this.#positions(input);
        await this.#sql`
          update run_files set state = 'downloaded', downloaded_at = now(), sha256 = position
          where run_id = ${input.run.runId} and position = any(${positions}::integer[])`;
        this.downloaded += positions.length;
        return { downloaded: positions.length, bytes: positions.length, failed: 0, pauseSeconds: 0, place };
      },
      ingestFiles: async (input) => {
        const positions = await this.#positions(input);
        await this.#sql`
          with ended as (
            update run_files set state = 'ingested'
            where run_id = ${input.run.runId} and position = any(${positions}::integer[]) and state = 'downloaded'
            returning file_id, sha256)
          update ingestion_log log set state = 'ingested', sha256 = ended.sha256, rows_read = 2, rows_loaded = 2,
            rows_rejected = 0, rows_duplicate = 0, rows_blank = 0, run_id = ${input.run.runId}, ended_at = now()
          from ended where log.file_id = ended.file_id`;
        this.ingested += positions.length;
        return {
          ...{ ingested: positions.length, quarantined: 0, failed: 0, alreadyIngested: 0 },
          ...{ rowsLoaded: 2 * positions.length, rowsRejected: 0 },
        };
      },
    };
  }

  async #positions({ run, chunk }: ChunkInput): Promise<number[]> {
    return (await readChunk(this.#sql, run.runId, chunk)).map(({ position }) => position);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const step of this.#cleanUp) await step();
  }
}

/** Bytes of every payload at any depth: what holds them is told by the field `data`. */
function payloadSizes(value: unknown): number[] {
  if (typeof value !== 'object' || value === null) return [];
  if ('data' in value && value.data instanceof Uint8Array) return [value.data.length];
  return Object.values(value).flatMap(payloadSizes);
}
