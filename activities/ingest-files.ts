import { copyFile, mkdir, rename } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

import { log } from '@temporalio/activity';

import { withDatabase } from '../src/database/connection.ts';
import { DatabaseUnavailable, isDataError } from '../src/database/errors.ts';
import { type ChunkFile, readChunk } from '../src/database/queries/chunk-files.ts';
import { type IngestedFile, ingestFile, ReplacementShrunk } from '../src/database/queries/ingest-file.ts';
import { quarantineFile } from '../src/database/queries/quarantine-file.ts';
import { recordFailure } from '../src/database/queries/record-attempt.ts';
import { localStamp } from '../src/directory/local-stamp.ts';
import type { Dataset } from '../src/domain/dataset.ts';
import { quarantineFolder, safeName } from '../src/domain/local-path.ts';
import { failpoint } from '../src/failpoints.ts';
import { FileUnreadable } from '../src/ingest/file-unreadable.ts';
import { copyColumns, readFile } from '../src/ingest/read-file.ts';
import type { Activities, ChunkInput } from './contract.ts';
import type { Dependencies } from './dependencies.ts';
import { LocalFileChanged } from './errors.ts';
import { guarded } from './guarded.ts';

export function ingestFiles(dependencies: Dependencies): Activities['ingestFiles'] {
  return guarded('retry', async (input, progress, signal) => {
    const files = await withDatabase(() => readChunk(dependencies.sql, input.run.runId, input.chunk));
    const ingest = new ChunkIngest(dependencies, input, signal);
    progress.of = files.length;
    for (const file of files) {
      signal.throwIfAborted();
      progress.current = file.name;
      await ingest.one(file);
      progress.done++;
    }
    return ingest.outcome;
  });
}

class ChunkIngest {
  readonly #dependencies: Dependencies;
  readonly #input: ChunkInput;
  readonly #signal: AbortSignal;
  readonly outcome = {
    ingested: 0,
    quarantined: 0,
    failed: 0,
    alreadyIngested: 0,
    rowsLoaded: 0,
    rowsRejected: 0,
  };

  constructor(dependencies: Dependencies, input: ChunkInput, signal: AbortSignal) {
    this.#dependencies = dependencies;
    this.#input = input;
    this.#signal = signal;
  }

  /** One file, whatever becomes of it: only a lost database or a cancellation ends the chunk. */
  async one(file: ChunkFile): Promise<void> {
    // An earlier attempt of this activity, whose answer was lost, has recorded it.
    if (file.state === 'failed') this.outcome.failed++;
    if (!['downloaded', 'ingested', 'already'].includes(file.state)) return;
    const dataset = this.#dependencies.settings.datasets.find(({ name }) => name === file.dataset);
    try {
      if (dataset === undefined) throw new Error(`The dataset ${file.dataset} is no longer in the settings`);
      this.#ingested(file, await this.#ingest(file, dataset));
    } catch (error) {
      if (error instanceof DatabaseUnavailable || this.#signal.aborted) throw error;
      const refusal = refusalOf(error);
      if (refusal === null) await this.#fail(file, error);
      else await this.#quarantine(file, refusal);
    }
  }

  async #ingest(file: ChunkFile, dataset: Dataset): Promise<IngestedFile> {
    const { localPath, sha256 } = file;
    if (localPath === null || sha256 === null) throw new LocalFileChanged(file.name);
    const reading = readFile(localPath, dataset, { fileId: file.fileId, signal: this.#signal });
    return withDatabase(() =>
      ingestFile(this.#dependencies.sql, {
        runId: this.#input.run.runId,
        position: file.position,
        fileId: file.fileId,
        sha256,
        dataset,
        reportZone: this.#dependencies.settings.scheduler.timezone,
        copyColumns: copyColumns(dataset),
        copyChunks: unchangedChunks(file, localPath, reading.copyChunks),
        account: () => reading.account(),
        verify: () => assertUnchanged(file, localPath),
      }),
    );
  }

  #ingested(file: ChunkFile, result: IngestedFile): void {
    if (result.outcome === 'already') {
      if (result.byThisRun) this.outcome.ingested++;
      else this.outcome.alreadyIngested++;
      this.outcome.rowsLoaded += result.byThisRun ? result.rowsLoaded : 0;
      this.outcome.rowsRejected += result.byThisRun ? result.rowsRejected : 0;
      return;
    }
    const { loaded, rejected, duplicate, blank } = result.account;
    this.outcome.ingested++;
    this.outcome.rowsLoaded += loaded;
    this.outcome.rowsRejected += rejected;
    const level = rejected > 0 ? 'warn' : 'info';
    log[level]('Ingested', {
      stage: 'ingest',
      file: file.name,
      rows: loaded,
      rejected,
      duplicate,
      blank,
      replaced: result.replaced,
    });
  }

  /** The move comes first: a record that names a place where nothing lies would be worse than a repeated move. */
  async #quarantine(
    file: ChunkFile,
    refusal: { readonly reason: string; readonly detail: string },
  ): Promise<void> {
    const place = await this.#moveAside(file);
    await failpoint('quarantine-moved');
    const quarantined = await withDatabase(() =>
      quarantineFile(
        this.#dependencies.sql,
        { runId: this.#input.run.runId, position: file.position, fileId: file.fileId },
        { ...refusal, sha256: file.sha256 ?? '', localPath: place },
      ),
    );
    if (!quarantined) return;
    this.outcome.quarantined++;
    log.warn('Quarantined', { stage: 'ingest', file: file.name, ...refusal, place });
  }

  /** Files of ours move; a file that somebody named to `charlie ingest` stays where it is and is copied. */
  async #moveAside(file: ChunkFile): Promise<string> {
    const dir = this.#dependencies.settings.scheduler.ingestionDir;
    const from = file.localPath ?? '';
    const place = join(dir, quarantineFolder, `${file.fileId}-${safeName(file.name)}`);
    await mkdir(dirname(place), { recursive: true });
    const ours = !relative(dir, from).startsWith('..');
    try {
      if (ours) await rename(from, place);
      else await copyFile(from, place);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
    return place;
  }

  async #fail(file: ChunkFile, error: unknown): Promise<void> {
    this.outcome.failed++;
    const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    await withDatabase(() =>
      recordFailure(
        this.#dependencies.sql,
        { runId: this.#input.run.runId, position: file.position },
        message,
        true,
      ),
    );
    log.error('Ingest failed', {
      stage: 'ingest',
      file: file.name,
      error: message,
      stack: error instanceof Error ? error.stack : undefined,
    });
  }
}

/** Why a file is refused whole; null when it is not the file's fault, or may pass. */
function refusalOf(error: unknown): { reason: string; detail: string } | null {
  if (error instanceof FileUnreadable) return { reason: error.reason, detail: error.message };
  if (error instanceof ReplacementShrunk) return { reason: 'replacement_shrunk', detail: error.message };
  // Postgres quotes the value in its message, which would end in Temporal's history.
  if (isDataError(error)) return { reason: 'refused_by_database', detail: `SQLSTATE ${error.code}` };
  return null;
}

/** The check stands before the first byte is read, but after the ledger row was claimed: a file that is done with needs no local copy. */
async function* unchangedChunks(
  file: ChunkFile,
  path: string,
  chunks: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  await assertUnchanged(file, path);
  yield* chunks;
}

async function assertUnchanged(file: ChunkFile, path: string): Promise<void> {
  let stamp: string | null = null;
  try {
    stamp = await localStamp(path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  if (stamp !== file.localStamp) throw new LocalFileChanged(path);
}
