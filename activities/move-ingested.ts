import { log } from '@temporalio/activity';

import { withDatabase } from '../src/database/connection.ts';
import {
  dropMove,
  findDueMoves,
  type MoveDue,
  recordGone,
  recordMoved,
  recordMoveFailure,
} from '../src/database/queries/remote-moves.ts';
import { failpoint } from '../src/failpoints.ts';
import { SharePointError, Throttled } from '../src/sharepoint/errors.ts';
import type { FolderRef, SharePointGateway } from '../src/sharepoint/gateway.ts';
import type { Activities } from './contract.ts';
import type { Dependencies } from './dependencies.ts';
import { ProcessedFolderElsewhere, ProcessedFolderIsSource } from './errors.ts';
import { guarded, type Progress } from './guarded.ts';

/** Some ten minutes. What is left is moved by the next run. */
const atMost = 10_000;
const atOnce = 4;
/** What fails so often in a row fails for all: the rest is left to the next run. */
const givesUpAfter = 5;

/**
 * Whatever SharePoint says is logged, kept in the ledger and tried again by the next run: the rows are in the database, and
 * that is what a run is for. Throws Throttled, which the run waits out.
 */
export function moveIngested({ settings, sql, sharepoint }: Dependencies): Activities['moveIngested'] {
  return guarded('retry', async ({ sourceId }, progress, signal) => {
    const { processedFolder } = settings.sync;
    const due = await withDatabase(() => findDueMoves(sql, Number(sourceId), atMost));
    if (sharepoint === null || processedFolder === null || due.length === 0)
      return { moved: 0, failed: 0, left: 0 };
    progress.of = due.length;
    const moving = new Moving({ sql, sharepoint }, progress, signal);
    try {
      const [from, to] = [
        await sharepoint.resolveFolder(signal),
        await sharepoint.makeFolder(processedFolder, signal),
      ];
      if (from.itemId === to.itemId) await moving.fail(due, new ProcessedFolderIsSource());
      else await moving.all(to, due);
    } catch (error) {
      if (!(error instanceof SharePointError) || error instanceof Throttled) throw error;
      await moving.fail(due, error);
    }
    const { moved, failed } = moving;
    return { moved, failed, left: due.length - moved - failed };
  });
}

class Moving {
  readonly #sql: Dependencies['sql'];
  readonly #sharepoint: SharePointGateway;
  readonly #progress: Progress;
  readonly #signal: AbortSignal;
  #failedInARow = 0;
  #mustStop = false;
  moved = 0;
  failed = 0;

  constructor(
    { sql, sharepoint }: { sql: Dependencies['sql']; sharepoint: SharePointGateway },
    progress: Progress,
    signal: AbortSignal,
  ) {
    this.#sql = sql;
    this.#sharepoint = sharepoint;
    this.#progress = progress;
    this.#signal = signal;
  }

  async all(folder: FolderRef, due: readonly MoveDue[]): Promise<void> {
    const elsewhere = due.filter(({ driveId }) => driveId !== folder.driveId);
    if (elsewhere.length > 0) await this.fail(elsewhere, new ProcessedFolderElsewhere());
    const here = due.filter(({ driveId }) => driveId === folder.driveId);
    for (let next = 0; next < here.length && !this.#mustStop; next += atOnce) {
      this.#signal.throwIfAborted();
      const batch = here.slice(next, next + atOnce);
      const ends = await Promise.allSettled(batch.map((file) => this.#one(folder, file)));
      const lost = ends.find((end) => end.status === 'rejected');
      if (lost !== undefined) throw lost.reason as Error;
      this.#progress.done = next + batch.length;
    }
  }

  async fail(files: readonly MoveDue[], error: Error): Promise<void> {
    this.failed += files.length;
    const message = `${error.name}: ${error.message}`;
    const names = files.slice(0, 10).map(({ name }) => name);
    log.warn('Not moved to the processed folder: the next run tries again', {
      stage: 'move',
      files: names,
      error: message,
    });
    await withDatabase(() =>
      recordMoveFailure(
        this.#sql,
        files.map(({ fileId }) => fileId),
        message,
      ),
    );
  }

  async #one(folder: FolderRef, file: MoveDue): Promise<void> {
    this.#progress.current = file.name;
    try {
      const to = { folder, otherName: withId(file) };
      const outcome = await this.#sharepoint.moveFile(file, to, this.#signal);
      await failpoint('file-moved');
      await withDatabase(() => record[outcome](this.#sql, file.fileId));
      this.moved += outcome === 'moved' ? 1 : 0;
      this.#failedInARow = 0;
      const said =
        outcome === 'moved'
          ? 'Moved to the processed folder'
          : 'Not moved: it was changed or removed meanwhile';
      log.info(said, { stage: 'move', file: file.name });
    } catch (error) {
      if (!(error instanceof SharePointError) || this.#signal.aborted) throw error;
      if (error instanceof Throttled) throw error;
      this.#failedInARow++;
      this.#mustStop ||= this.#failedInARow >= givesUpAfter;
      await this.fail([file], error);
    }
  }
}

const record = { moved: recordMoved, gone: recordGone, changed: dropMove };

/** `calls.csv` becomes `calls-17.csv`: as no other file is called. */
function withId({ name, fileId }: MoveDue): string {
  return name.replace(/((?:\.[^.]+(?:\.(?:gz|zip))?)?)$/i, `-${fileId}$1`);
}
