import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';

import type { Sql } from '../database/connection.ts';
import { leftFiles } from '../directory/last-download.ts';
import type { DroppedFile, FolderLook } from '../directory/look-into-folders.ts';
import { SettlingFiles } from '../domain/settling-files.ts';
import type { Settings } from '../settings/settings.ts';
import { isReadable, oneBatch, stillToLoad } from './dropped-files.ts';
import { runFor, type WatchRunEnd } from './watch-run.ts';
import type { WatchTarget } from './watch-target.ts';

const longestPauseMs = 3_600_000;
const namedAtMost = 5;

interface Parts {
  readonly settings: Settings;
  readonly sql: Sql;
  readonly client: Client;
  readonly logger: Logger;
  readonly target: WatchTarget;
  readonly signal: AbortSignal;
}

/** What one watch knows between its looks. */
export class FolderWatch {
  readonly #parts: Parts;
  readonly #pollMs: number;
  readonly #settling: SettlingFiles;
  #left: ReadonlyMap<string, string> | null = null;
  /** Runs that failed one after the other, and until when no further one is begun because of them. */
  #failures = 0;
  #notBefore = 0;
  #trouble: unknown = null;
  /** What each message was about when it was said last. */
  readonly #said = new Map<string, ReadonlySet<string>>();

  constructor(parts: Parts) {
    const { watch } = parts.settings;
    this.#parts = parts;
    this.#pollMs = watch.pollSeconds * 1000;
    this.#settling = new SettlingFiles(watch.quietSeconds * 1000);
  }

  /** Has loaded what is complete, and waits for it; returns in how many ms to look again at the latest. Never throws. */
  async take({ files, passedOver, misnamed, unreadable }: FolderLook): Promise<number> {
    this.#say('info', 'Left alone: no dataset takes files of such a name', passedOver);
    this.#say('warn', 'Left alone: their names are not UTF-8; rename them to have them loaded', misnamed);
    this.#say('warn', 'Folders that cannot be found or read; looking on', unreadable);
    const complete = this.#settling.look(files, performance.now());
    let isMore = false;
    try {
      isMore = await this.#load(complete);
      this.#onTrouble(null);
    } catch (error) {
      if (!this.#parts.signal.aborted) this.#onTrouble(error);
    }
    return isMore ? 0 : Math.min(this.#pollMs, this.#settling.nextIn(performance.now()));
  }

  /** True: there may be more to load. */
  async #load(complete: readonly DroppedFile[]): Promise<boolean> {
    if (complete.length === 0 || performance.now() < this.#notBefore) return false;
    const { sql, client, settings, target, logger } = this.#parts;
    const open = await stillToLoad(sql, await this.#withoutLeft(complete));
    this.#settling.dealtWith(without(complete, open));

    const readable: DroppedFile[] = [];
    for (const file of open) if (await isReadable(file)) readable.push(file);
    const unready = without(open, readable).map(({ path }) => path);
    this.#say('warn', 'Files that cannot be read, or are written to; looking on', unready);

    const batch = oneBatch(readable);
    if (batch.length === 0) return false;
    const paths = batch.map(({ path }) => path);
    logger.info({ stage: 'watch', ...named(paths) }, 'Files were dropped');
    this.#ended(await runFor(client, settings, target, paths), batch);
    return true;
  }

  #ended(run: WatchRunEnd, batch: readonly DroppedFile[]): void {
    if (run.end === 'other') return;
    if (run.end !== 'failed') {
      this.#failures = 0;
      this.#settling.dealtWith(batch);
      return;
    }
    const { settings, logger } = this.#parts;
    const pauseMs = Math.max(this.#pollMs, settings.scheduler.retryDelaySeconds * 1000);
    const waitMs = Math.min(longestPauseMs, pauseMs * 2 ** this.#failures++);
    this.#notBefore = performance.now() + waitMs;
    const againInSeconds = Math.round(waitMs / 1000);
    logger.warn({ stage: 'watch', error: run.cause, againInSeconds }, 'The run for dropped files failed');
  }

  /** Less what lay in ingestion_dir when it came from elsewhere, or from another ledger. */
  async #withoutLeft(files: readonly DroppedFile[]): Promise<DroppedFile[]> {
    const left = (this.#left ??= await leftFiles(this.#parts.settings.scheduler.ingestionDir));
    const kept = files.filter(({ path, stamp }) => left.get(path) !== stamp);
    this.#say(
      'warn',
      'Left alone: they were there when the folder was moved or copied, or came from another database; `charlie ingest FILE` loads them',
      without(files, kept).map(({ path }) => path),
    );
    return kept;
  }

  /** Says what was not there when this was said last. */
  #say(level: 'info' | 'warn', message: string, things: readonly string[]): void {
    const before = this.#said.get(message);
    const fresh = things.filter((thing) => before?.has(thing) !== true);
    this.#said.set(message, new Set(things));
    if (fresh.length > 0) this.#parts.logger[level]({ stage: 'watch', ...named(fresh) }, message);
  }

  #onTrouble(error: unknown): void {
    const trouble = error === null || !(error instanceof Error) ? error : `${error.name}: ${error.message}`;
    if (trouble === this.#trouble) return;
    this.#trouble = trouble;
    if (trouble === null) this.#parts.logger.info({ stage: 'watch' }, 'The watch goes on');
    else this.#parts.logger.warn({ stage: 'watch', error: trouble }, 'The watch waits, and tries again');
  }
}

function without(files: readonly DroppedFile[], others: readonly DroppedFile[]): DroppedFile[] {
  const paths = new Set(others.map(({ path }) => path));
  return files.filter(({ path }) => !paths.has(path));
}

function named(paths: readonly string[]): { readonly files: number; readonly first: readonly string[] } {
  return { files: paths.length, first: paths.slice(0, namedAtMost) };
}
