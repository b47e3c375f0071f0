import { existsSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { DriveFile } from './item.ts';

/** SharePoint's default for the versions of a file that are kept, the current one among them. */
const keptVersions = 500;

type Place = Pick<DriveFile, 'guid' | 'contentVersion'>;

export interface StoredVersion {
  readonly contentVersion: number;
  readonly size: number;
  readonly modifiedAt: Date;
}

/** The contents of a library's files, each version a file on disk: what is there has not been deleted. */
export class ContentStore {
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
    mkdirSync(dir, { recursive: true });
  }

  pathOf({ guid, contentVersion }: Place): string {
    return join(this.#dir, `${guid}-${contentVersion}`);
  }

  read(place: Place): Buffer {
    return readFileSync(this.pathOf(place));
  }

  write({ guid, contentVersion }: Place, bytes: Uint8Array, modifiedAt: string): void {
    const path = this.pathOf({ guid, contentVersion });
    writeFileSync(path, bytes);
    utimesSync(path, new Date(modifiedAt), new Date(modifiedAt));
    rmSync(this.pathOf({ guid, contentVersion: contentVersion - keptVersions }), { force: true });
  }

  /** The latest one first. */
  versions(file: DriveFile): StoredVersion[] {
    const numbers = Array.from({ length: file.contentVersion }, (_, index) => file.contentVersion - index);
    return numbers.slice(0, keptVersions).flatMap((contentVersion) => {
      const found = statSync(this.pathOf({ ...file, contentVersion }), { throwIfNoEntry: false });
      return found === undefined ? [] : [{ contentVersion, size: found.size, modifiedAt: found.mtime }];
    });
  }

  /** False: there is no such version. */
  remove(place: Place): boolean {
    const isThere = existsSync(this.pathOf(place));
    rmSync(this.pathOf(place), { force: true });
    return isThere;
  }
}
