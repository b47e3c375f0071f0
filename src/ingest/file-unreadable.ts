export type UnreadableReason =
  | 'empty_file'
  | 'not_csv'
  | 'damaged_archive'
  | 'archive_entries'
  | 'archive_too_large'
  | 'unsupported_archive'
  | 'undecodable'
  | 'no_header'
  | 'missing_columns'
  | 'duplicate_header'
  | 'unknown_columns'
  | 'unbalanced_quote'
  | 'record_too_long'
  | 'too_many_rejects';

/** Where in the file: physical line from 1, and byte from 0. */
export interface Place {
  readonly line: number | null;
  readonly byteOffset: number | null;
}

/** The file cannot be loaded as a whole, and trying again cannot help: quarantine it. */
export class FileUnreadable extends Error {
  override readonly name = 'FileUnreadable';
  readonly reason: UnreadableReason;
  readonly line: number | null;
  readonly byteOffset: number | null;
  /** What was found and what to do, without the place. */
  readonly detail: string;

  constructor(reason: UnreadableReason, detail: string, place?: Place) {
    const where = place?.line == null ? '' : `Line ${place.line}: `;
    super(where + detail);
    this.reason = reason;
    this.detail = detail;
    this.line = place?.line ?? null;
    this.byteOffset = place?.byteOffset ?? null;
  }
}
