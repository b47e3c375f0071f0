import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

import type { Library } from './library.ts';

/** Thrown when the directory to serve is not there, or is none. */
export class ServedDirectoryUnusable extends Error {
  override readonly name = 'ServedDirectoryUnusable';
  readonly directory: string;

  constructor(directory: string) {
    const problem = existsSync(directory) ? 'is not a directory' : 'does not exist';
    super(`The directory ${directory}, whose files are to be served, ${problem}.`);
    this.directory = directory;
  }
}

export function checkServedDirectory(directory: string): void {
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new ServedDirectoryUnusable(directory);
  }
}

/** Makes the library hold what the directory holds now; files that are the same by size and time are left alone. */
export function mirrorDirectory(directory: string, library: Library): void {
  const known = new Map(library.list().map((file) => [file.path, file]));
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const path = relative(directory, file).split(sep).join('/');
    const { size, mtime } = statSync(file);
    const former = known.get(path);
    known.delete(path);
    const seconds = Math.floor(mtime.getTime() / 1000);
    if (former?.size === size && Date.parse(former.modifiedAt) / 1000 === seconds) continue;
    library.put(path, readFileSync(file), { modifiedAt: mtime });
  }
  for (const path of known.keys()) library.remove(path);
}
