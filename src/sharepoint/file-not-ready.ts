import type { PendingReason } from '../domain/pending-reasons.ts';
import { type Refusal, refusalWords, SharePointError } from './errors.ts';

interface NamedFile {
  readonly name: string;
  readonly itemId: string;
}

/** A 403 of the host of the contents, with an error code, or with a header beside an answer in HTML. */
export class MalwareDetected extends SharePointError {
  override readonly name = 'MalwareDetected';
  readonly retryable = false;
  override readonly pendingReason: PendingReason = 'malware';
  readonly file: string;
  readonly itemId: string;

  /** Null: the listing says so. */
  constructor(file: NamedFile, refusal: Refusal | null) {
    const answer = refusal === null ? '' : `: ${refusalWords(refusal)}`;
    super(
      `Microsoft holds the file "${file.name}" (item ${file.itemId}) for malware and gives it to nobody${answer}. ` +
        'Remove it; or, if you know better, have an administrator of Microsoft 365 release it.',
    );
    this.file = file.name;
    this.itemId = file.itemId;
  }
}

export class FileLocked extends SharePointError {
  override readonly name = 'FileLocked';
  readonly retryable = true;
  override readonly pendingReason: PendingReason = 'locked';
  readonly file: string;
  readonly itemId: string;

  constructor(file: NamedFile, refusal: Refusal) {
    super(
      `The file "${file.name}" (item ${file.itemId}) is locked in SharePoint: ${refusalWords(refusal)}. ` +
        'Somebody has it open in a program that keeps others out; close it there.',
    );
    this.file = file.name;
    this.itemId = file.itemId;
  }
}

export class FileChanged extends SharePointError {
  override readonly name = 'FileChanged';
  readonly retryable = false;
  override readonly pendingReason: PendingReason = 'changed';
  readonly file: string;
  readonly itemId: string;

  constructor(file: NamedFile) {
    super(
      `The file "${file.name}" (item ${file.itemId}) was changed after it was listed, before its download was over. ` +
        'Nothing of it was kept: the next run takes the version that is there by then.',
    );
    this.file = file.name;
    this.itemId = file.itemId;
  }
}
