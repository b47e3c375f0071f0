import type { Progress } from './guarded.ts';

interface SizedFile {
  readonly size: number;
}

/** Keeps the bytes of files that are downloaded at once in the progress of their activity. */
export class ReceivedBytes<File extends SizedFile> {
  readonly #progress: Progress;
  readonly #of: number;
  readonly #byFile = new Map<File, number>();
  #done = 0;

  constructor(progress: Progress, files: readonly File[]) {
    this.#progress = progress;
    this.#of = files.reduce((sum, { size }) => sum + size, 0);
  }

  /** So many of the file are there: fewer than before when its download broke off. */
  set(file: File, bytes: number): void {
    this.#done += bytes - (this.#byFile.get(file) ?? 0);
    this.#byFile.set(file, bytes);
    this.#progress.bytes = { step: 'downloading', done: this.#done, of: this.#of };
  }
}
