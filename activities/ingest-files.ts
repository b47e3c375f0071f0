import { hostname } from 'node:os';

import { log } from '@temporalio/activity';

import { withDatabase } from '../src/database/connection.ts';
import { isDatabaseFailure, RunClosed } from '../src/database/errors.ts';
import type { Owner } from '../src/database/owner.ts';
import { type ChunkFile, readChunk } from '../src/database/queries/chunk-files.ts';
import { type IngestedFile, ingestFile } from '../src/database/queries/ingest-file.ts';
import { recordFailure } from '../src/database/queries/record-attempt.ts';
import type { Original } from '../src/database/queries/same-content.ts';
import type { Dataset } from '../src/domain/dataset.ts';
import { readFile } from '../src/ingest/read-file.ts';
import { assertUnchanged } from './assert-unchanged.ts';
import type { Activities, ChunkInput } from './contract.ts';
import { currentOwner } from './current-owner.ts';
import type { Dependencies } from './dependencies.ts';
import { DatasetNotConfigured, LocalFileChanged, ReadAgainRefused } from './errors.ts';
import { type FileRefusal, refusalOf, tookDownWorkers } from './file-refusal.ts';
import { guarded, type Progress } from './guarded.ts';
import { IngestGate } from './ingest-gate.ts';
import { quarantine, removeOriginal } from './quarantine.ts';
import { afterIngest, tidyChunk } from './tidy-local-files.ts';

/** This process and no other: a process id is given away again, on this host and on others. */
const thisProcess = `${hostname()} ${process.pid} ${new Date(performance.timeOrigin).toISOString()}`;

/** One for the process: a file that takes it down takes all down that it has open. */
const gate = new IngestGate();

export function ingestFiles(dependencies: Dependencies): Activities['ingestFiles'] {
  return guarded('retry', async (input, progress, signal) => {
    const files = await withDatabase(() => readChunk(dependencies.sql, input.run.runId, input.chunk));
    const ingest = new ChunkIngest(dependencies, input, progress, currentOwner());
    progress.of = files.length;
    for (const file of files) {
      signal.throwIfAborted();
      await ingest.one(file);
      progress.done++;
    }
    await tidyChunk(dependencies, { runId: input.run.runId, chunk: input.chunk });
    return ingest.outcome;
  });
}

class ChunkIngest {
  readonly #dependencies: Dependencies;
  readonly #input: ChunkInput;
  readonly #progress: Progress;
  readonly #owner: Owner;
  readonly outcome = {
    ingested: 0,
    quarantined: 0,
    failed: 0,
    alreadyIngested: 0,
    rowsLoaded: 0,
    rowsRejected: 0,
  };

  constructor(dependencies: Dependencies, input: ChunkInput, progress: Progress, owner: Owner) {
    this.#dependencies = dependencies;
    this.#input = input;
    this.#progress = progress;
    this.#owner = owner;
  }

  /** One file, whatever becomes of it: only a lost database, a cancellation or the end of the run ends the chunk. */
  async one(file: ChunkFile): Promise<void> {
    this.#progress.current = file.name;
    this.#progress.bytes = null;
    // An earlier attempt of this activity, whose answer was lost, has recorded it; a failed download has been counted.
    if (file.state === 'failed' && file.localPath !== null) this.outcome.failed++;
    if (file.state === 'quarantined') {
      this.outcome.quarantined++;
      await removeOriginal(this.#dependencies.settings.scheduler.ingestionDir, file);
    }
    if (!['downloaded', 'ingested', 'already', 'duplicate'].includes(file.state)) return;
    try {
      await this.#loadOrRefuse(file);
    } catch (error) {
      if (isDatabaseFailure(error) || error instanceof RunClosed || this.#owner.signal.aborted) throw error;
      await this.#fail(file, error);
    }
  }

  async #loadOrRefuse(file: ChunkFile): Promise<void> {
    try {
      await this.#end(file, await this.#ingest(file));
    } catch (error) {
      const refusal = this.#owner.signal.aborted ? null : refusalOf(error);
      if (refusal === null) throw error;
      await this.#refuse(file, refusal);
    }
  }

  /** Beside others; a file that was open when workers were lost is taken up again alone. */
  async #ingest(file: ChunkFile): Promise<IngestedFile> {
    const dataset = this.#dependencies.settings.datasets.find(({ name }) => name === file.dataset);
    if (dataset === undefined) throw new DatasetNotConfigured(file.dataset);
    const { signal } = this.#owner;
    const result = await gate.beside(signal, () => this.#load(file, dataset, false));
    if (result.outcome !== 'suspect') return result;
    log.warn('Loaded alone: it was open when workers were lost', { stage: 'ingest', file: file.name });
    return gate.alone(signal, () => this.#load(file, dataset, true));
  }

  async #load(file: ChunkFile, dataset: Dataset, alone: boolean): Promise<IngestedFile> {
    const { localPath, sha256 } = file;
    if (localPath === null || sha256 === null) throw new LocalFileChanged(file.name);
    const reading = readFile(localPath, dataset, {
      fileId: file.fileId,
      signal: this.#owner.signal,
      onProgress: (bytes) => {
        this.#progress.bytes = bytes;
      },
    });
    return withDatabase(() =>
      ingestFile(this.#dependencies.sql, this.#owner, {
        runId: this.#input.run.runId,
        position: file.position,
        fileId: file.fileId,
        process: thisProcess,
        alone,
        sha256,
        dataset,
        isAgain: file.isAgain,
        mayShrink: file.mayShrink,
        sameContent: this.#dependencies.settings.sync.sameContent,
        reportZone: this.#dependencies.settings.scheduler.timezone,
        rows: { ...reading, chunks: unchangedChunks(file, localPath, reading.chunks) },
        afterIngest: afterIngest(this.#dependencies.settings, localPath),
        movesAfterwards:
          file.sourceKind === 'sharepoint' && this.#dependencies.settings.sync.afterIngest === 'move',
        verify: () => assertUnchanged(file, localPath),
      }),
    );
  }

  async #end(file: ChunkFile, result: IngestedFile): Promise<void> {
    if (result.outcome === 'ingested') this.#ingested(file, result);
    else if (result.outcome === 'already') this.#already(result);
    else if (result.outcome === 'duplicate') this.#duplicate(file, result.original);
    else if (result.outcome === 'refused') await this.#refuse(file, tookDownWorkers(result));
    // Whoever runs alone is opened or refused.
    else throw new Error(`${file.name} was not loaded`);
  }

  #ingested(file: ChunkFile, result: Extract<IngestedFile, { outcome: 'ingested' }>): void {
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

  #already(result: Extract<IngestedFile, { outcome: 'already' }>): void {
    if (result.byThisRun) this.outcome.ingested++;
    else this.outcome.alreadyIngested++;
    this.outcome.rowsLoaded += result.byThisRun ? result.rowsLoaded : 0;
    this.outcome.rowsRejected += result.byThisRun ? result.rowsRejected : 0;
  }

  #duplicate(file: ChunkFile, original: Original): void {
    this.outcome.alreadyIngested++;
    log.info('Left out: another file has brought the same content', {
      stage: 'ingest',
      file: file.name,
      original: original.name,
      originalFileId: original.fileId,
    });
  }

  /** A version that is loaded stays so, with the rows that it has. */
  async #refuse(file: ChunkFile, refusal: FileRefusal): Promise<void> {
    if (file.isAgain) await this.#fail(file, new ReadAgainRefused(refusal), { mayRetry: false });
    else await this.#quarantine(file, refusal);
  }

  async #quarantine(file: ChunkFile, refusal: FileRefusal): Promise<void> {
    const { runId } = this.#input.run;
    const place = await quarantine(this.#dependencies, this.#owner, { runId, file, refusal });
    if (place === null) return;
    this.outcome.quarantined++;
    const { reason, summary } = refusal;
    log.warn('Quarantined', { stage: 'ingest', file: file.name, reason, detail: summary, place });
  }

  async #fail(file: ChunkFile, error: unknown, { mayRetry } = { mayRetry: true }): Promise<void> {
    const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    const { runId } = this.#input.run;
    const hasFailed = await withDatabase(() =>
      recordFailure(
        this.#dependencies.sql,
        this.#owner,
        { runId, position: file.position },
        { error: message, mayRetry },
      ),
    );
    if (!hasFailed) return;
    this.outcome.failed++;
    log.error('Ingest failed', {
      stage: 'ingest',
      file: file.name,
      error: message,
      stack: error instanceof Error ? error.stack : undefined,
    });
  }
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
