import type { Drive } from './drive.ts';
import { type DriveFile, type DriveFolder, eTagOf, isBelow, pathOf } from './item.ts';

/** A file as whoever fills the library sees it. */
export interface LibraryFile {
  /** Relative to the folder that is synchronized. */
  readonly path: string;
  readonly id: string;
  /** The `UniqueId` of its download address. */
  readonly uniqueId: string;
  readonly eTag: string;
  readonly size: number;
  readonly quickXorHash: string;
  readonly modifiedAt: string;
}

/** The files of the folder that is synchronized, for those who fill it: tests, the generator, a served directory. */
export class Library {
  readonly #drive: Drive;
  readonly #folderName: string;

  constructor(drive: Drive, folderName: string) {
    this.#drive = drive;
    this.#folderName = folderName;
    this.#folder();
  }

  /** Over an existing file: keeps its id and bumps its eTag, even when the bytes are the same. */
  put(path: string, bytes: Uint8Array | string, options: { readonly modifiedAt?: Date } = {}): LibraryFile {
    const content = { bytes: Buffer.from(bytes), modifiedAt: options.modifiedAt };
    const names = segments(path);
    const existing = this.#drive.itemBelow(this.#folder(), names);
    if (existing?.kind === 'folder') throw new Error(`${path} is a folder of the simulated library.`);
    if (existing !== null) this.#drive.replace(existing, content);
    const parent = this.#drive.ensureFolder(this.#folder(), names.slice(0, -1));
    if (parent === null) throw new Error(`In the simulated library a file is in the way of ${path}.`);
    return this.#describe(existing ?? this.#drive.addFile(parent, names.at(-1) ?? '', content));
  }

  /**
   * A file, or a folder with all that is in it, keeps its id under another name or in another folder. A path that begins with
   * `/` leads from the root of the library, out of the folder that is synchronized.
   */
  move(from: string, to: string): void {
    const item = this.#drive.itemBelow(this.#start(from), segments(from));
    const names = segments(to);
    const parent = this.#drive.ensureFolder(this.#start(to), names.slice(0, -1));
    const name = names.at(-1) ?? '';
    const taken = parent === null || item === null ? null : this.#drive.itemBelow(parent, [name]);
    if (item === null || parent === null || isBelow(parent, item) || (taken !== null && taken !== item))
      throw new Error(`${from} cannot be moved to ${to}.`);
    this.#drive.update(item, { parent, name, clientModifiedAt: item.clientModifiedAt });
  }

  /** By its id, from the recycle bin; a folder with all that was removed together with it. */
  restore(id: string): void {
    this.#drive.restore(id);
  }

  /** Of the file or folder at a path. */
  idOf(path: string): string {
    const item = this.#drive.itemBelow(this.#start(path), segments(path));
    if (item === null) throw new Error(`The simulated library has no ${path}.`);
    return item.id;
  }

  /** A file, or a folder with all that is in it. */
  remove(path: string): void {
    const item = this.#drive.itemBelow(this.#folder(), segments(path));
    if (item === null) throw new Error(`The simulated library has no ${path}.`);
    this.#drive.remove(item);
  }

  list(): LibraryFile[] {
    return [...filesIn(this.#drive, this.#folder())].map((file) => this.#describe(file));
  }

  get totals(): { readonly files: number; readonly bytes: number } {
    return this.#folder().totals;
  }

  /** Whether a file was ever put there, also one that is gone. */
  everHeld(path: string): boolean {
    return this.#drive.everHeld([this.#folderName, ...segments(path)]);
  }

  read(path: string): Buffer {
    const item = this.#drive.itemBelow(this.#folder(), segments(path));
    if (item?.kind !== 'file') throw new Error(`The simulated library has no file ${path}.`);
    return this.#drive.read(item);
  }

  #start(path: string): DriveFolder {
    return path.startsWith('/') ? this.#drive.root : this.#folder();
  }

  #folder(): DriveFolder {
    const folder = this.#drive.ensureFolder(this.#drive.root, [this.#folderName]);
    if (folder === null) throw new Error(`In the simulated library ${this.#folderName} is a file.`);
    return folder;
  }

  #describe(file: DriveFile): LibraryFile {
    return {
      path: pathOf(file).slice(1).join('/'),
      id: file.id,
      uniqueId: file.guid,
      eTag: eTagOf(file),
      size: file.size,
      quickXorHash: file.hash,
      modifiedAt: file.modifiedAt,
    };
  }
}

function* filesIn(drive: Drive, folder: DriveFolder): Generator<DriveFile> {
  for (const name of drive.namesIn(folder)) {
    const item = folder.children.get(name);
    if (item?.kind === 'file') yield item;
    if (item?.kind === 'folder') yield* filesIn(drive, item);
  }
}

function segments(path: string): string[] {
  const names = path.split('/').filter((name) => name !== '');
  if (names.length === 0) throw new Error('A file of the simulated library needs a name.');
  return names;
}
