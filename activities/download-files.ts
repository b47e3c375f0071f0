import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { Context, log } from '@temporalio/activity';

import { withDatabase } from '../src/database/connection.ts';
import { type ChunkFile, readChunk } from '../src/database/queries/chunk-files.ts';
import {
  type Downloaded,
  forgetAttempt,
  recordDownload,
  recordFailure,
  startAttempt,
} from '../src/database/queries/record-attempt.ts';
import { hashFile } from '../src/directory/hash-file.ts';
import { localStamp } from '../src/directory/local-stamp.ts';
import { localPath, syncFolder } from '../src/domain/local-path.ts';
import { failpoint } from '../src/failpoints.ts';
import { SharePointError, Throttled } from '../src/sharepoint/errors.ts';
import type { Activities, ChunkInput } from './contract.ts';
import type { Dependencies } from './dependencies.ts';
import { SourceNotConfigured } from './errors.ts';
import { guarded, type Progress } from './guarded.ts';

/** Files of one chunk that are fetched at once; four chunks are under way, so a worker has 16 requests open. */
const filesAtOnce = 4;

export function downloadFiles(dependencies: Dependencies): Activities['downloadFiles'] {
  return guarded('retry', async (input, progress, signal) => {
    const files = await withDatabase(() => readChunk(dependencies.sql, input.run.runId, input.chunk));
    const download = new ChunkDownload(dependencies, input, progress, signal);
    progress.of = files.length;
    const queue = files.values();
    await Promise.all(
      Array.from({ length: filesAtOnce }, async () => {
        for (const file of queue) await download.one(file);
      }),
    );
    signal.throwIfAborted();
    return download.outcome;
  });
}

class ChunkDownload {
  readonly #dependencies: Dependencies;
  readonly #input: ChunkInput;
  readonly #progress: Progress;
  readonly #signal: AbortSignal;
  readonly outcome = { downloaded: 0, bytes: 0, failed: 0, pauseSeconds: 0 };

  constructor(dependencies: Dependencies, input: ChunkInput, progress: Progress, signal: AbortSignal) {
    this.#dependencies = dependencies;
    this.#input = input;
    this.#progress = progress;
    this.#signal = signal;
  }

  /** One file, whatever becomes of it: only a lost database or a cancellation ends the chunk. */
  async one(file: ChunkFile): Promise<void> {
    if (this.#isStopped() || this.outcome.pauseSeconds > 0) return;
    this.#progress.current = file.name;
    if (await this.#isThere(file)) {
      this.#count(file);
      return;
    }
    if (!['waiting', 'failed', 'downloaded'].includes(file.state) || file.attempts > this.#input.maxRetries)
      return;

    const { sql } = this.#dependencies;
    const { runId } = this.#input.run;
    await withDatabase(() => startAttempt(sql, runId, file.position));
    let downloaded: Downloaded;
    try {
      downloaded = await this.#fetch(file);
    } catch (error) {
      if (this.#isStopped()) {
        await withDatabase(() => forgetAttempt(sql, runId, file.position));
        return;
      }
      await this.#fail(file, error);
      return;
    }
    await withDatabase(() => recordDownload(sql, runId, file.position, downloaded));
    await failpoint('download-recorded');
    log.info('Downloaded', { stage: 'download', file: file.name, bytes: file.size });
    this.#count(file);
  }

  #isStopped(): boolean {
    return this.#signal.aborted;
  }

  /** An earlier attempt of this activity, or of this run, has fetched it already. */
  async #isThere(file: ChunkFile): Promise<boolean> {
    if (file.state !== 'downloaded' || file.localPath === null) return false;
    try {
      return (await localStamp(file.localPath)) === file.localStamp;
    } catch {
      return false;
    }
  }

  #count(file: ChunkFile): void {
    this.outcome.downloaded++;
    this.outcome.bytes += file.size;
    this.#progress.done++;
  }

  async #fetch(file: ChunkFile): Promise<Downloaded> {
    if (file.sourceKind === 'directory') {
      const stamp = await localStamp(file.path);
      const { sha256 } = await hashFile(file.path, this.#signal);
      return { localPath: file.path, localStamp: stamp, sha256 };
    }
    const { settings, sharepoint } = this.#dependencies;
    if (sharepoint === null) throw new SourceNotConfigured();
    const dir = settings.scheduler.ingestionDir;
    const temporary = await this.#temporaryPath(dir, file);
    try {
      const { sha256 } = await sharepoint.download(
        { ...file, driveId: file.driveId ?? '', quickXorHash: file.contentHash },
        temporary,
        {
          signal: this.#signal,
        },
      );
      const target = join(dir, localPath(file.path));
      await mkdir(dirname(target), { recursive: true });
      await failpoint('before-download-rename');
      await rename(temporary, target);
      await failpoint('after-download-rename');
      return { localPath: target, localStamp: await localStamp(target), sha256 };
    } finally {
      await rm(temporary, { force: true });
    }
  }

  /**
   * A name of this attempt alone: a stopped attempt that wakes again must not write into its successor's file. What
   * earlier attempts of this run left is removed; their rename then fails, and with it only they.
   */
  async #temporaryPath(dir: string, file: ChunkFile): Promise<string> {
    const folder = join(dir, syncFolder);
    await mkdir(folder, { recursive: true });
    const prefix = `${file.fileId}-${this.#input.run.runId}-`;
    for (const name of await readdir(folder)) {
      if (name.startsWith(prefix)) await rm(join(folder, name), { force: true });
    }
    return join(folder, `${prefix}${Context.current().info.attempt}`);
  }

  async #fail(file: ChunkFile, error: unknown): Promise<void> {
    const { sql } = this.#dependencies;
    const { runId } = this.#input.run;
    if (error instanceof Throttled) {
      this.outcome.pauseSeconds = Math.max(error.retryAfterSeconds, 1);
      await withDatabase(() => forgetAttempt(sql, runId, file.position));
      log.warn('Throttled', {
        stage: 'download',
        file: file.name,
        retryAfterSeconds: error.retryAfterSeconds,
      });
      return;
    }
    this.outcome.failed++;
    const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    const mayRetry = !(error instanceof SharePointError) || error.retryable;
    await withDatabase(() => recordFailure(sql, { runId, position: file.position }, message, mayRetry));
    log.warn('Download failed', {
      stage: 'download',
      file: file.name,
      attempt: file.attempts + 1,
      error: message,
    });
  }
}
