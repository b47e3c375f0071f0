import { isDataError } from '../src/database/errors.ts';
import { ReplacementShrunk } from '../src/database/queries/ingest-file.ts';
import { quarantineReasons } from '../src/domain/quarantine-reasons.ts';
import { FileUnreadable, type UnreadableReason } from '../src/ingest/file-unreadable.ts';

/** Why a file is refused whole. */
export interface FileRefusal {
  readonly reason: string;
  /** May quote the file, so it is for the database alone. */
  readonly detail: string;
  /** Says the same without that, for logs and Temporal's history. */
  readonly summary: string;
}

const quoting: ReadonlySet<UnreadableReason> = new Set([
  'no_header',
  'missing_columns',
  'duplicate_header',
  'unknown_columns',
  'too_many_rejects',
]);

/** Null when it is not the file's fault, or may pass. */
export function refusalOf(error: unknown): FileRefusal | null {
  if (error instanceof FileUnreadable) return unreadable(error);
  if (error instanceof ReplacementShrunk) return refusal('replacement_shrunk', error.message);
  // Postgres quotes the value in its message.
  if (isDataError(error)) return refusal('refused_by_database', `SQLSTATE ${error.code}`);
  return null;
}

export function tookDownWorkers(lost: {
  readonly takedowns: number;
  readonly lostProcess: string;
}): FileRefusal {
  return refusal(
    'took_down_workers',
    `It was open when ${lost.takedowns} worker processes were lost, the last time alone (${lost.lostProcess}).`,
  );
}

function unreadable({ reason, message }: FileUnreadable): FileRefusal {
  const summary = quoting.has(reason) ? (quarantineReasons[reason]?.means ?? reason) : message;
  return { reason, detail: message, summary };
}

function refusal(reason: string, detail: string): FileRefusal {
  return { reason, detail, summary: detail };
}
