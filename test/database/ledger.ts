import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'vitest';

import { connect, type Sql } from '../../src/database/connection.ts';
import { migrate } from '../../src/database/migrate.ts';
import type { Owner } from '../../src/database/owner.ts';
import { type ChunkFile, readChunk } from '../../src/database/queries/chunk-files.ts';
import { type IngestedFile, ingestFile } from '../../src/database/queries/ingest-file.ts';
import { openRun } from '../../src/database/queries/open-run.ts';
import { registerSource } from '../../src/database/queries/register-source.ts';
import { markDeleted, saveInventoryPage } from '../../src/database/queries/save-inventory.ts';
import { writeManifest } from '../../src/database/queries/write-manifest.ts';
import type { Dataset } from '../../src/domain/dataset.ts';
import { patternToRegex } from '../../src/domain/file-pattern.ts';
import { readFile } from '../../src/ingest/read-file.ts';
import { loadSettings } from '../../src/settings/load-settings.ts';
import { Secret } from '../../src/settings/secret.ts';
import { type Sale, salesCsv, salesToml } from '../support/sales.ts';
import { createMigratedDatabase } from '../support/with-database.ts';
import type { Gate } from './gate.ts';
import { owner } from './owner.ts';

export interface ListedFile {
  readonly id: string;
  readonly path: string;
  readonly hash: string;
}

interface Stop {
  readonly claimed: Gate;
  readonly goOn: Gate;
}

interface LoadOptions {
  readonly stop?: Stop | undefined;
  readonly as?: Owner;
  readonly opening?: { readonly process: string; readonly alone: boolean };
  readonly sameContent?: 'skip' | 'load';
}

/** Inventory, manifest, ledger and rows on a real Postgres, without Temporal: tests say who does what when. */
export class Ledger implements AsyncDisposable {
  readonly sql: Sql;
  readonly dataset: Dataset;
  readonly #dir: string;
  readonly #drop: () => Promise<void>;

  /** For the first of the datasets, unless another is named. */
  static async create(toml = salesToml, name?: string): Promise<Ledger> {
    const dir = await mkdtemp(join(tmpdir(), 'charlie-ledger-'));
    await writeFile(join(dir, 'settings.toml'), toml);
    const { datasets } = loadSettings({ cwd: dir, env: {} }).settings;
    const database = await createMigratedDatabase();
    const sql = connect(new Secret(database.url), 8);
    await migrate(sql, datasets);
    const dataset = name === undefined ? datasets[0] : datasets.find((each) => each.name === name);
    return new Ledger(sql, dataset!, dir, () => database.drop());
  }

  private constructor(sql: Sql, dataset: Dataset, dir: string, drop: () => Promise<void>) {
    this.sql = sql;
    this.dataset = dataset;
    this.#dir = dir;
    this.#drop = drop;
  }

  /** The source holds these files and no others. */
  async list(...files: readonly ListedFile[]): Promise<void> {
    await this.finishListing(await this.beginListing(), ...files);
  }

  beginListing(): Promise<{ readonly sourceId: number; readonly at: string }> {
    return registerSource(this.sql, 'sharepoint', 'drive/folder', 'folder');
  }

  /** Saves what a listing that began earlier has shown. */
  async finishListing(
    { sourceId, at }: { readonly sourceId: number; readonly at: string },
    ...files: readonly ListedFile[]
  ): Promise<void> {
    const items = files.map(({ id, path, hash }) => ({
      itemId: id,
      driveId: 'drive',
      parentId: 'folder',
      name: path.split('/').at(-1)!,
      path,
      size: 1,
      eTag: hash,
      contentHash: hash,
      modifiedAt: '2026-11-20T09:00:00Z',
    }));
    await saveInventoryPage(this.sql, { sourceId, at, items });
    await markDeleted(this.sql, { sourceId, at, itemIds: new Set(files.map(({ id }) => id)), paths: null });
  }

  /** Starts a run and writes its manifest; returns how many files are in it. */
  async manifest(
    runId: string,
    onChanged: 'replace' | 'skip' = 'replace',
    { again = false } = {},
  ): Promise<number> {
    const startedAt = new Date().toISOString();
    const run = {
      runId,
      workflowId: runId,
      job: 'sync',
      nominalTime: startedAt,
      startedAt,
      timeoutSeconds: 600,
    };
    await openRun(this.sql, run);
    const { sourceId } = await this.beginListing();
    const rules = {
      ...{ sourceId, paths: null, from: null, to: null, retryOlder: true, datasets: [this.dataset.name] },
      patterns: this.dataset.patterns.map((glob) => ({
        dataset: this.dataset.name,
        regex: patternToRegex(glob),
      })),
      onChanged,
      again,
    };
    const { total } = await writeManifest(this.sql, owner({ runId }), {
      runId,
      rules,
      chunkStarts: (sizes) => [...sizes.keys()],
      dryRun: false,
    });
    return total;
  }

  /** Ingests the run's first file with this content. With gates it stops after the claim until the test opens the second. */
  async ingest(
    runId: string,
    sales: readonly Sale[],
    stop?: Stop,
    as: Owner = owner({ runId }),
    opening: { process: string; alone: boolean } = { process: 'this process', alone: false },
  ): Promise<IngestedFile> {
    const { path } = await this.file(runId);
    return this.load(runId, path, sales, { stop, as, opening });
  }

  /** Ingests the file that the run found at this path. */
  load(
    runId: string,
    path: string,
    sales: readonly Sale[],
    options: LoadOptions = {},
  ): Promise<IngestedFile> {
    return this.ingestCsv(runId, salesCsv(sales), { ...options, path });
  }

  /** The same with any content. `keysUnchecked`: as if it were too large for its keys to be held in memory. */
  async ingestCsv(
    runId: string,
    csv: string | Uint8Array,
    {
      stop,
      as = owner({ runId }),
      opening = { process: 'this process', alone: false },
      sameContent = 'skip',
      path,
      keysUnchecked = false,
    }: LoadOptions & { readonly path?: string; readonly keysUnchecked?: boolean } = {},
  ): Promise<IngestedFile> {
    const [file] = await this.sql<{ position: number; file_id: number; is_again: boolean }[]>`
      select position, file_id, again_as is not null as is_again from charlie.run_files join charlie.ingestion_log using (file_id)
      where run_files.run_id = ${runId} and path = ${path ?? (await this.file(runId)).path}`;
    const local = join(this.#dir, `${randomUUID()}.csv`);
    await writeFile(local, csv);
    const read = keysUnchecked ? { ...this.dataset, key: [] } : this.dataset;
    const reading = readFile(local, read, { fileId: file!.file_id });
    async function* chunks(): AsyncGenerator<Buffer> {
      stop?.claimed.open();
      await stop?.goOn.passed;
      yield* reading.chunks;
    }
    return ingestFile(this.sql, as, {
      ...opening,
      ...{ runId, position: file!.position, fileId: file!.file_id, sameContent },
      sha256: createHash('sha256').update(csv).digest('hex'),
      ...{ dataset: this.dataset, reportZone: 'UTC' },
      isAgain: file!.is_again,
      rows: {
        ...reading,
        chunks: chunks(),
        account: () => ({ ...reading.account(), areKeysUnchecked: keysUnchecked }),
      },
      afterIngest: null,
      verify: () => Promise.resolve(),
    });
  }

  /** Settles when `others` statements wait for a lock, or when `work` has ended without waiting. */
  async untilBlocked(work: Promise<unknown>, others = 1): Promise<void> {
    let ended = false;
    const end = () => {
      ended = true;
    };
    work.then(end, end);
    await expect
      .poll(
        async () => {
          const [{ waiting }] = await this.sql<[{ waiting: number }]>`
            select count(*)::int as waiting from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock'`;
          return ended || waiting >= others;
        },
        { interval: 20 },
      )
      .toBe(true);
  }

  /** The run's first file, as its activities find it. */
  async file(runId: string): Promise<ChunkFile> {
    return (await readChunk(this.sql, runId, 0))[0]!;
  }

  /** The id of the entry that was listed last under this path. */
  async fileId(path: string): Promise<number> {
    const [file] = await this.sql<[{ file_id: number }]>`
      select file_id from charlie.ingestion_log where path = ${path} order by file_id desc limit 1`;
    return file.file_id;
  }

  async ids(): Promise<number[]> {
    const rows = await this.sql<{ id: number }[]>`select id from datasets.sales order by id`;
    return rows.map(({ id }) => id);
  }

  async states(): Promise<string[]> {
    const rows = await this.sql<
      { state: string }[]
    >`select state from charlie.ingestion_log order by file_id`;
    return rows.map(({ state }) => state);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sql.end({ timeout: 1 });
    await this.#drop();
    await rm(this.#dir, { recursive: true, force: true });
  }
}
