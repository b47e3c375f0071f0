import type { ChunkFile } from '../src/database/queries/chunk-files.ts';
import type { Unreadiness } from '../src/database/queries/record-attempt.ts';
import { SharePointError } from '../src/sharepoint/errors.ts';
import { MalwareDetected } from '../src/sharepoint/file-not-ready.ts';

export interface Unready extends Unreadiness {
  /** When it may be ready if nobody changes it again, at most the quiet time; 0: nobody knows. */
  readonly readyInSeconds: number;
}

/**
 * Whether a listed file of SharePoint may be asked for. Null: it may. The quiet time is measured at this moment, by this
 * computer's clock, and not by the run's nominal time: whether somebody is writing has nothing to do with what the run stands for.
 */
export function unreadyAsListed(file: ChunkFile, quietSeconds: number): Unready | null {
  if (file.malware) return unreadyAfter(new MalwareDetected(file, null));
  const leftSeconds = Math.ceil((file.modifiedAt.getTime() - Date.now()) / 1000) + quietSeconds;
  if (quietSeconds === 0 || leftSeconds <= 0) return null;
  const changedAt = file.modifiedAt.toISOString().replace(/\.\d+Z$/, 'Z');
  return {
    reason: 'not_ready',
    detail: `It was changed at ${changedAt}, less than ${quietSeconds} s before: somebody may still be writing it.`,
    mayRetry: true,
    // More is left when this clock is behind SharePoint's; that is not waited for.
    readyInSeconds: Math.min(leftSeconds, quietSeconds),
  };
}

/** Null: the download has failed, and not found out that the file is not to be had. */
export function unreadyAfter(error: unknown): Unready | null {
  if (!(error instanceof SharePointError) || error.pendingReason === null) return null;
  return {
    reason: error.pendingReason,
    detail: error.message,
    mayRetry: error.retryable,
    readyInSeconds: 0,
  };
}
