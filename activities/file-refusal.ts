import { isDataError } from '../src/database/errors.ts';
import { ReplacementShrunk } from '../src/database/queries/ingest-file.ts';
import { FileUnreadable } from '../src/ingest/file-unreadable.ts';

/** Why a file is refused whole. */
export interface FileRefusal {
  readonly reason: string;
  readonly detail: string;
}

/** Null when it is not the file's fault, or may pass. */
export function refusalOf(error: unknown): FileRefusal | null {
  if (error instanceof FileUnreadable) return { reason: error.reason, detail: error.message };
  if (error instanceof ReplacementShrunk) return { reason: 'replacement_shrunk', detail: error.message };
  // Postgres quotes the value in its message, which would end in Temporal's history.
  if (isDataError(error)) return { reason: 'refused_by_database', detail: `SQLSTATE ${error.code}` };
  return null;
}

export function tookDownWorkers(lost: {
  readonly takedowns: number;
  readonly lostProcess: string;
}): FileRefusal {
  return {
    reason: 'took_down_workers',
    detail: `It was open when ${lost.takedowns} worker processes were lost, the last time alone (${lost.lostProcess}).`,
  };
}
