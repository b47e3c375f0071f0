import type { FileState } from '../domain/file-state.ts';

/** Thrown when the ledger has no such entry. */
export class FileUnknown extends Error {
  override readonly name = 'FileUnknown';
  readonly fileId: number;

  constructor(fileId: number) {
    super(`The ledger has no file ${fileId}. \`charlie files\` lists those that it has, with their ids.`);
    this.fileId = fileId;
  }
}

/** Thrown when there is no record of a run with this id, nor with this workflow id. */
export class RunUnknown extends Error {
  override readonly name = 'RunUnknown';
  readonly run: string;

  constructor(run: string) {
    super(
      `There is no record of a run ${run}. Name its run id or its workflow id, as \`charlie files\` shows it.`,
    );
    this.run = run;
  }
}

/** Thrown when a file is in a state in which what was asked for makes no sense. Nothing was changed. */
export class FileStateUnfit extends Error {
  override readonly name = 'FileStateUnfit';
  readonly fileId: number;
  readonly state: FileState;
  readonly wanted: readonly FileState[];

  constructor(
    file: { readonly fileId: number; readonly name: string; readonly state: FileState },
    wanted: readonly FileState[],
  ) {
    super(
      `File ${file.fileId} (${file.name}) is ${file.state}, not ${wanted.join(' or ')}. Nothing was changed; \`charlie files\` shows it.`,
    );
    this.fileId = file.fileId;
    this.state = file.state;
    this.wanted = wanted;
  }
}

/** Thrown when no run could load this version, since the source no longer has it. Nothing was changed. */
export class VersionGone extends Error {
  override readonly name = 'VersionGone';
  readonly fileId: number;
  readonly why: 'deleted' | 'overtaken';

  constructor(file: { readonly fileId: number; readonly name: string }, why: 'deleted' | 'overtaken') {
    const said =
      why === 'deleted'
        ? 'was deleted at its source. Upload it again'
        : 'was overtaken: a newer version of it is listed, which runs take by themselves. Look at that one';
    super(`File ${file.fileId} (${file.name}) ${said}. Nothing was changed.`);
    this.fileId = file.fileId;
    this.why = why;
  }
}
