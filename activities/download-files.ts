import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { log } from '@temporalio/activity';

import { withDatabase } from '../src/database/connection.ts';
import { isDatabaseFailure } from '../src/database/errors.ts';
import type { Owner } from '../src/database/owner.ts';
import { type ChunkFile, readChunk } from '../src/database/queries/chunk-files.ts';
import {
  announceDownload,
  type Downloaded,
  recordDownload,
  recordFailure,
  recordUnready,
} from '../src/database/queries/record-attempt.ts';
import { assertRoom, explainDiskFull } from '../src/directory/disk-space.ts';
import { ListedFileChanged, PathNotFound } from '../src/directory/errors.ts';
import { hashFile } from '../src/directory/hash-file.ts';
import { prepareIngestionDir } from '../src/directory/ingestion-dir.ts';
import { markLastDownload } from '../src/directory/last-download.ts';
import { localStamp, localStampIfThere } from '../src/directory/local-stamp.ts';
import { temporaryPath } from '../src/directory/temporary-path.ts';
import { localPath } from '../src/domain/local-path.ts';
import { failpoint } from '../src/failpoints.ts';
import { SharePointError, Throttled } from '../src/sharepoint/errors.ts';
import type { Activities, ChunkInput } from './contract.ts';
import { currentOwner } from './current-owner.ts';
import type { Dependencies } from './dependencies.ts';
import { earlierDownload } from './earlier-download.ts';
import { SourceNotConfigured } from './errors.ts';
import { guarded, type Progress } from './guarded.ts';
import { leaveUnknownDownloads } from './leave-unknown-downloads.ts';
import { type Unready, unreadyAfter, unreadyAsListed } from './readiness.ts';
import { ReceivedBytes } from './received-bytes.ts';

/** Files of one chunk that are fetched at once. The gateway has a limit of its own, over all chunks and runs of the worker. */
const filesAtOnce = 4;

const open: readonly ChunkFile['state'][] = ['waiting', 'failed', 'downloaded', 'unready'];

export function downloadFiles(dependencies: Dependencies): Activities['downloadFiles'] {
  return guarded('retry', async (input, progress, signal) => {
    const files = await withDatabase(() => readChunk(dependencies.sql, input.run.runId, input.chunk));
    const received = new ReceivedBytes(progress, files);
    const download = new ChunkDownload(dependencies, input, { progress, received }, currentOwner());
    await prepareIngestionDir(dependencies.settings);
    await leaveUnknownDownloads(dependencies);
    progress.of = files.length;
    const queue = files.values();
    await Promise.all(
      Array.from({ length: filesAtOnce }, async () => {
        for (const file of queue) await download.one(file);
      }),
    );
    signal.throwIfAborted();
    const { place } = dependencies;
    return { ...download.outcome, ...(place === null ? {} : { place }) };
  });
}

class ChunkDownload {
  readonly #dependencies: Dependencies;
  readonly #input: ChunkInput;
  readonly #progress: Progress;
  readonly #received: ReceivedBytes<ChunkFile>;
  readonly #owner: Owner;
  readonly outcome = { downloaded: 0, bytes: 0, failed: 0, pauseSeconds: 0, unready: 0, readyInSeconds: 0 };

  constructor(
    dependencies: Dependencies,
    input: ChunkInput,
    { progress, received }: { readonly progress: Progress; readonly received: ReceivedBytes<ChunkFile> },
    owner: Owner,
  ) {
    this.#dependencies = dependencies;
    this.#input = input;
    this.#progress = progress;
    this.#received = received;
    this.#owner = owner;
  }

  /** One file, whatever becomes of it: only a lost database or a cancellation ends the chunk. */
  async one(file: ChunkFile): Promise<void> {
    if (this.#isStopped()) return;
    this.#progress.current = file.name;
    if (await this.#isThere(file)) {
      this.#count(file);
      return;
    }
    if (this.outcome.pauseSeconds > 0) return;
    if (!open.includes(file.state) || file.attempts > this.#input.maxRetries) return;

    const { sql, settings } = this.#dependencies;
    const { runId } = this.#input.run;
    const isRemote = file.sourceKind === 'sharepoint';
    const unready = isRemote ? unreadyAsListed(file, settings.sync.quietSeconds) : null;
    if (unready !== null) {
      await this.#leave(file, unready);
      return;
    }
    const kept = isRemote ? await earlierDownload(sql, file, this.#target(file), this.#owner.signal) : null;
    let downloaded: Downloaded | null;
    try {
      downloaded = kept ?? (await this.#fetch(file));
    } catch (error) {
      if (this.#isStopped()) return;
      if (isDatabaseFailure(error)) throw error;
      await this.#fail(file, error);
      return;
    }
    if (downloaded === null) return;
    await withDatabase(() =>
      recordDownload(sql, this.#owner, { runId, position: file.position }, downloaded),
    );
    await failpoint('download-recorded');
    log.info(kept === null ? 'Downloaded' : 'Not fetched again: it still lies there', {
      stage: 'download',
      file: file.name,
      bytes: file.size,
    });
    this.#count(file);
  }

  #isStopped(): boolean {
    return this.#owner.signal.aborted;
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

  #target(file: ChunkFile): string {
    return join(this.#dependencies.settings.scheduler.ingestionDir, localPath(file.path));
  }

  /** It is not charged, and does not fail the run. */
  async #leave(file: ChunkFile, { readyInSeconds, ...unready }: Unready): Promise<void> {
    const { sql } = this.#dependencies;
    const { runId } = this.#input.run;
    await withDatabase(() => recordUnready(sql, this.#owner, { runId, position: file.position }, unready));
    this.#received.set(file, 0);
    this.outcome.unready++;
    this.outcome.readyInSeconds = Math.max(this.outcome.readyInSeconds, readyInSeconds);
    const { reason, detail } = unready;
    log[reason === 'malware' ? 'warn' : 'info']('Not ready', {
      stage: 'download',
      file: file.name,
      reason,
      detail,
    });
  }

  #count(file: ChunkFile): void {
    this.outcome.downloaded++;
    this.outcome.bytes += file.size;
    this.#progress.done++;
    this.#received.set(file, file.size);
  }

  /** Null: a later attempt has fetched it. */
  async #fetch(file: ChunkFile): Promise<Downloaded | null> {
    if (file.sourceKind === 'directory') {
      const stamp = await localStampIfThere(file.path);
      if (stamp === null) throw new PathNotFound(file.path);
      if (stamp !== file.versionKey) throw new ListedFileChanged(file.path);
      const { sha256 } = await hashFile(file.path, this.#owner.signal);
      return { localPath: file.path, localStamp: stamp, sha256 };
    }
    const { settings, sharepoint } = this.#dependencies;
    if (sharepoint === null) throw new SourceNotConfigured();
    const dir = settings.scheduler.ingestionDir;
    await assertRoom(dir, file.size);
    const name = `${file.fileId}-${this.#input.run.runId}`;
    const temporary = await temporaryPath(dir, name, this.#owner.scheduledAt);
    try {
      const { sha256, bytes: length } = await sharepoint.download(
        { ...file, driveId: file.driveId ?? '', quickXorHash: file.contentHash },
        temporary,
        {
          signal: this.#owner.signal,
          onProgress: (bytes) => {
            this.#received.set(file, bytes);
          },
        },
      );
      if (length !== file.size) {
        const sizes = { listed: file.size, received: length };
        log.warn('Listed with another size', { stage: 'download', file: file.name, ...sizes });
      }
      const target = this.#target(file);
      const downloaded = { localPath: target, localStamp: await localStamp(temporary), sha256 };
      await mkdir(dirname(target), { recursive: true });
      if (!(await this.#announce(file, downloaded))) return null;
      await markLastDownload(dir, { path: target, stamp: downloaded.localStamp });
      await failpoint('before-download-rename');
      await rename(temporary, target);
      await failpoint('after-download-rename');
      return downloaded;
    } catch (error) {
      throw await explainDiskFull(error, dir, file.size);
    } finally {
      await rm(temporary, { force: true });
    }
  }

  /** False: an attempt that was stopped and wakes must not put its file in the place of one that its successor has verified. */
  #announce({ position }: ChunkFile, downloaded: Downloaded): Promise<boolean> {
    const { runId } = this.#input.run;
    return withDatabase(() =>
      announceDownload(this.#dependencies.sql, this.#owner, { runId, position }, downloaded),
    );
  }

  async #fail(file: ChunkFile, error: unknown): Promise<void> {
    const { sql } = this.#dependencies;
    const { runId } = this.#input.run;
    if (error instanceof Throttled) {
      this.outcome.pauseSeconds = Math.max(this.outcome.pauseSeconds, error.retryAfterSeconds, 1);
      log.warn('Throttled', {
        stage: 'download',
        file: file.name,
        retryAfterSeconds: error.retryAfterSeconds,
      });
      return;
    }
    const unready = unreadyAfter(error);
    if (unready !== null) {
      await this.#leave(file, unready);
      return;
    }
    const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    const isGone = error instanceof PathNotFound || error instanceof ListedFileChanged;
    const mayRetry = !isGone && (!(error instanceof SharePointError) || error.retryable);
    const hasFailed = await withDatabase(() =>
      recordFailure(sql, this.#owner, { runId, position: file.position }, { error: message, mayRetry }),
    );
    this.#received.set(file, 0);
    if (!hasFailed) return;
    this.outcome.failed++;
    log.warn('Download failed', {
      stage: 'download',
      file: file.name,
      attempt: file.attempts + 1,
      error: message,
    });
  }
}
