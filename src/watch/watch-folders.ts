import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';

import { connect } from '../database/connection.ts';
import { FolderEvents } from '../directory/folder-events.ts';
import { lookIntoFolders } from '../directory/look-into-folders.ts';
import { watchedPaths } from '../directory/watched-folders.ts';
import { anyOf } from '../domain/file-pattern.ts';
import type { Secret } from '../settings/secret.ts';
import type { Settings } from '../settings/settings.ts';
import { FolderWatch } from './folder-watch.ts';
import type { WatchTarget } from './watch-target.ts';

export interface WatchOptions {
  readonly settings: Settings;
  readonly databaseUrl: Secret;
  readonly client: Client;
  readonly logger: Logger;
  readonly target: WatchTarget;
  /** Ends the watch; a run that is under way goes on. */
  readonly signal: AbortSignal;
}

/** After an event: a program that writes a file makes many of them. */
const earliestMs = 250;

/** A look at very many files takes seconds; it must not take more than a tenth of the time. */
const restsFor = 9;

/**
 * Has what is dropped into the watched folders loaded by the workflow, until the signal is aborted. It keeps nothing that a
 * later watch would need: what has not been loaded lies there, and is not in the ledger.
 */
export async function watchFolders(options: WatchOptions): Promise<void> {
  const { settings, client, logger, signal } = options;
  const datasets = settings.datasets.filter(({ enabled }) => enabled);
  const isWanted = anyOf(datasets.flatMap(({ patterns }) => patterns));
  const sql = connect(options.databaseUrl, 1);
  const events = new FolderEvents();
  const watch = new FolderWatch({ ...options, sql });
  logger.info({ stage: 'watch', folders: watchedPaths(settings) }, 'Watching folders');
  try {
    while (!signal.aborted) {
      const began = performance.now();
      const look = await lookIntoFolders(settings, isWanted);
      const restMs = (performance.now() - began) * restsFor;
      events.watch(look.folders);
      const nextInMs = await client.withAbortSignal(signal, () => watch.take(look));
      await events.next(
        { earliestMs: Math.max(earliestMs, restMs), latestMs: Math.max(earliestMs, restMs, nextInMs) },
        signal,
      );
    }
  } finally {
    events.close();
    await sql.end({ timeout: 1 });
    logger.info({ stage: 'watch' }, 'No longer watching folders');
  }
}
