export interface FoundFile {
  readonly path: string;
  /** Changes whenever the file does. */
  readonly stamp: string;
}

/** Times are of a clock that only goes forward, in ms. */
interface Settling {
  readonly stamp: string;
  readonly since: number;
  isDealtWith: boolean;
}

/** Tells which files are complete, by how long they have not changed between looks, and that nobody has dealt with yet. */
export class SettlingFiles {
  readonly #quietMs: number;
  #files = new Map<string, Settling>();

  constructor(quietMs: number) {
    this.#quietMs = quietMs;
  }

  /** Takes in all that lies there now; returns what is complete and still to be dealt with. */
  look<File extends FoundFile>(found: readonly File[], now: number): File[] {
    const files = new Map<string, Settling>();
    for (const { path, stamp } of found) {
      const known = this.#files.get(path);
      files.set(path, known?.stamp === stamp ? known : { stamp, since: now, isDealtWith: false });
    }
    this.#files = files;
    return found.filter(({ path }) => {
      const file = files.get(path);
      return file !== undefined && !file.isDealtWith && now - file.since >= this.#quietMs;
    });
  }

  /** Nothing more is to be done with these, unless they change. */
  dealtWith(done: readonly FoundFile[]): void {
    for (const { path, stamp } of done) {
      const file = this.#files.get(path);
      if (file?.stamp === stamp) file.isDealtWith = true;
    }
  }

  /** How long until the next file can be complete; infinite: none is being waited for. */
  nextIn(now: number): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { since, isDealtWith } of this.#files.values()) {
      const left = since + this.#quietMs - now;
      if (!isDealtWith && left > 0) next = Math.min(next, left);
    }
    return next;
  }
}
