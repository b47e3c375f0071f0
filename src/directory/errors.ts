/** Thrown when ingestion_dir cannot be made or written. */
export class IngestionDirUnusable extends Error {
  override readonly name = 'IngestionDirUnusable';
  readonly dir: string;

  constructor(dir: string, cause: unknown) {
    const said = cause instanceof Error ? cause.message : String(cause);
    super(
      `The folder for downloads, ${dir}, cannot be made or written (${said}). ` +
        'Set scheduler.ingestion_dir to a folder that the worker may write, or give it the permission.',
      { cause },
    );
    this.dir = dir;
  }
}

/** Thrown when a download does not fit into ingestion_dir. */
export class DiskFull extends Error {
  override readonly name = 'DiskFull';
  readonly dir: string;
  readonly neededBytes: number;
  readonly freeBytes: number;

  constructor(dir: string, neededBytes: number, freeBytes: number, options?: ErrorOptions) {
    const limit = freeBytes < neededBytes ? '' : ', but a quota or the number of its files is used up';
    super(
      `The disk of ${dir} is full: the file needs ${inWords(neededBytes)} bytes, and ${inWords(freeBytes)} are free${limit}. ` +
        'Make room there, or set scheduler.ingestion_dir to a folder on a larger disk; the file is tried again, by later runs too.',
      options,
    );
    this.dir = dir;
    this.neededBytes = neededBytes;
    this.freeBytes = freeBytes;
  }
}

function inWords(bytes: number): string {
  return bytes.toLocaleString('en');
}

export class PathNotFound extends Error {
  override readonly name = 'PathNotFound';
  readonly path: string;

  constructor(path: string) {
    super(`There is no file or folder ${path}. Name one that exists on the machine where the worker runs.`);
    this.path = path;
  }
}

export class PathUnreadable extends Error {
  override readonly name = 'PathUnreadable';
  readonly path: string;
  /** Of the operating system, such as `EACCES`. */
  readonly code: string;

  constructor(path: string, code: string) {
    super(`${path} cannot be read (${code}). Give the user that runs the worker the right to read it.`);
    this.path = path;
    this.code = code;
  }
}

/** Someone is still writing the file, or wrote it while it was read. */
export class FileChanging extends Error {
  override readonly name = 'FileChanging';
  readonly path: string;

  constructor(path: string) {
    super(`${path} was changed while it was read. Nothing was kept; load it again when its writer is done.`);
    this.path = path;
  }
}

/** Thrown when a local file is to be loaded and is no longer the version that was listed: that one is gone for good. */
export class ListedFileChanged extends Error {
  override readonly name = 'ListedFileChanged';
  readonly path: string;

  constructor(path: string) {
    super(
      `${path} was changed after it was listed, while the run was loading it. Nothing of it was kept. A watch loads it when it is ` +
        'complete; otherwise load it with `charlie ingest` when its writer is done.',
    );
    this.path = path;
  }
}

/** Thrown when a local file is no longer the one that was listed, so that version can no longer be loaded. */
export class OriginalChanged extends Error {
  override readonly name = 'OriginalChanged';
  readonly path: string;

  constructor(path: string) {
    super(
      `${path} is another file now: a version of its own, which \`charlie ingest\` loads. ` +
        'Nothing was changed; discard the earlier version when it is no longer needed.',
    );
    this.path = path;
  }
}

/** Thrown when a local file is gone, and no copy of it is there to be put back. */
export class OriginalMissing extends Error {
  override readonly name = 'OriginalMissing';
  readonly path: string;
  readonly copy: string | null;

  constructor(path: string, copy: string | null) {
    super(
      `${path} is not there on this machine${copy === null ? '' : `, nor is its copy ${copy}`}. Nothing was changed. ` +
        'Do this where the file was loaded, or put the file back by hand and load it with `charlie ingest`.',
    );
    this.path = path;
    this.copy = copy;
  }
}
