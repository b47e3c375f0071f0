import { join } from 'node:path';

import { ContentStore } from './content-store.ts';
import { FolderTotals } from './folder-totals.ts';
import { guidFor, itemIdOf, rootGuid } from './identifiers.ts';
import {
  applyRecord,
  type DriveFile,
  type DriveFolder,
  type DriveItem,
  foldName,
  fromRecord,
  isBelow,
  pathOf,
  toRecord,
} from './item.ts';
import { type ItemRecord, Journal } from './journal.ts';
import { quickXorHash } from './quick-xor-hash.ts';
import { SortedNames } from './sorted-names.ts';
import type { Tenant } from './tenant.ts';

/** A document library: its tree in memory, its changes in a journal and its files' contents on disk. */
export class Drive {
  readonly root: DriveFolder;
  readonly #tenant: Tenant;
  readonly #journal: Journal;
  /** What of its files there is to read, and their former versions. */
  readonly contents: ContentStore;
  readonly #now: () => Date;
  /** Deleted items too: delta tells of them, and an id is never given twice. */
  readonly #byGuid = new Map<string, DriveItem>();
  readonly #byId = new Map<string, DriveItem>();
  readonly #changes: DriveItem[] = [];
  readonly #totals = new FolderTotals();
  readonly #names = new SortedNames();

  /** What `dir` holds from before is found again; only one process may have it open. */
  constructor(tenant: Tenant, dir: string, now: () => Date) {
    this.#tenant = tenant;
    this.#now = now;
    this.contents = new ContentStore(join(dir, 'content'));
    this.#journal = Journal.open(join(dir, 'journal.jsonl'));
    for (const record of this.#journal.records) this.#replay(record);
    this.root = this.#byGuid.has(rootGuid) ? this.#folder(rootGuid) : this.addFolder(null, 'root');
  }

  close(): void {
    this.#journal.close();
  }

  /** Names the history that sequence numbers belong to. */
  get historyId(): string {
    return this.#journal.id;
  }

  get lastSequence(): number {
    return this.#changes.length;
  }

  itemById(id: string): DriveItem | null {
    const item = this.#byId.get(id);
    return item === undefined || item.deleted ? null : item;
  }

  itemByGuid(guid: string): DriveItem | null {
    const item = this.#byGuid.get(guid);
    return item === undefined || item.deleted ? null : item;
  }

  itemBelow(start: DriveItem, names: readonly string[]): DriveItem | null {
    let item: DriveItem | undefined = start;
    for (const name of names) item = item?.kind === 'folder' ? item.children.get(foldName(name)) : undefined;
    return item ?? null;
  }

  /** The folded names of what is in `folder`, sorted. */
  namesIn(folder: DriveFolder): readonly string[] {
    return this.#names.in(folder);
  }

  /** Whether a file was ever created at this place, whatever became of it. */
  everHeld(names: readonly string[]): boolean {
    return this.#byGuid.has(this.#guidOf(names, 0));
  }

  /** Items that changed after `sequence`, each once, in the order of their last changes. */
  *changesAfter(sequence: number): Generator<DriveItem> {
    for (let index = sequence; index < this.#changes.length; index += 1) {
      const item = this.#changes[index];
      if (item?.sequence === index + 1) yield item;
    }
  }

  contentPath(file: DriveFile): string {
    return this.contents.pathOf(file);
  }

  read(file: DriveFile): Buffer {
    return this.contents.read(file);
  }

  /** The folder at `names`, made as far as it is not there; null when a file is in the way. */
  ensureFolder(start: DriveFolder, names: readonly string[]): DriveFolder | null {
    let folder = start;
    for (const name of names) {
      const next = folder.children.get(foldName(name)) ?? this.addFolder(folder, name);
      if (next.kind !== 'folder') return null;
      folder = next;
    }
    return folder;
  }

  addFile(parent: DriveFolder, name: string, content: Content): DriveFile {
    const modifiedAt = iso(content.modifiedAt ?? this.#now());
    const guid = this.#newGuid([...pathOf(parent), name]);
    this.contents.write({ guid, contentVersion: 1 }, content.bytes, modifiedAt);
    const file: DriveFile = {
      kind: 'file',
      id: itemIdOf(this.#tenant.drivePrefix, guid),
      guid,
      name,
      parent,
      deleted: false,
      version: 1,
      contentVersion: 1,
      size: content.bytes.length,
      hash: quickXorHash(content.bytes),
      createdAt: modifiedAt,
      modifiedAt,
      clientModifiedAt: content.clientModifiedAt ?? null,
      formerParents: [],
      sequence: 0,
    };
    this.#changed(file);
    return file;
  }

  /** New content under the same id; the former one stays as a version. */
  replace(file: DriveFile, content: Content): void {
    const contentVersion = file.contentVersion + 1;
    const modifiedAt = iso(content.modifiedAt ?? this.#now());
    this.contents.write({ guid: file.guid, contentVersion }, content.bytes, modifiedAt);
    file.version += 1;
    file.contentVersion = contentVersion;
    file.size = content.bytes.length;
    file.hash = quickXorHash(content.bytes);
    file.modifiedAt = modifiedAt;
    file.clientModifiedAt = content.clientModifiedAt ?? null;
    this.#changed(file);
  }

  /** To another folder, under another name, or with another time of the client's; the id stays, and so does the content. */
  update(item: DriveItem, { parent, name, clientModifiedAt }: Update): void {
    this.#detach(item);
    if (item.parent !== null && item.parent !== parent) item.formerParents.push(item.parent);
    item.parent = parent;
    item.name = name;
    item.clientModifiedAt = clientModifiedAt;
    item.version += 1;
    this.#changed(item);
  }

  /** To the recycle bin, with all that is in it. */
  remove(item: DriveItem): void {
    if (item.kind === 'folder') for (const child of [...item.children.values()]) this.remove(child);
    item.deleted = true;
    item.version += 1;
    item.modifiedAt = iso(this.#now());
    this.#changed(item);
  }

  /** From the recycle bin, with all that was removed together with it. */
  restore(id: string): DriveItem {
    const item = this.#byId.get(id);
    const isFree = item?.parent?.deleted === false && !item.parent.children.has(foldName(item.name));
    if (item?.deleted !== true || !isFree) throw new Error(`${id} cannot be restored.`);
    const below: DriveItem[] = [];
    for (let at = item.sequence - 1; at > 0; at -= 1) {
      const other = this.#changes[at - 1];
      if (item.kind === 'file' || other?.deleted !== true || other.sequence !== at || !isBelow(other, item))
        break;
      below.push(other);
    }
    for (const each of [item, ...below]) {
      each.deleted = false;
      each.version += 1;
      this.#changed(each);
    }
    return item;
  }

  addFolder(parent: DriveFolder | null, name: string): DriveFolder {
    const guid = parent === null ? rootGuid : this.#newGuid([...pathOf(parent), name]);
    const now = iso(this.#now());
    const folder: DriveFolder = {
      kind: 'folder',
      id: itemIdOf(this.#tenant.drivePrefix, guid),
      guid,
      name,
      parent,
      deleted: false,
      version: 1,
      createdAt: now,
      modifiedAt: now,
      clientModifiedAt: null,
      formerParents: [],
      sequence: 0,
      children: new Map(),
      totals: { files: 0, bytes: 0 },
    };
    this.#changed(folder);
    return folder;
  }

  /** Of the path and of how often it was created before: the same seed and history give the same ids. */
  #newGuid(names: readonly string[]): string {
    let times = 0;
    while (this.#byGuid.has(this.#guidOf(names, times))) times += 1;
    return this.#guidOf(names, times);
  }

  #guidOf(names: readonly string[], times: number): string {
    return guidFor('item', ...this.#tenant.itemSource, times, ...names.map(foldName));
  }

  #changed(item: DriveItem): void {
    this.#journal.append(toRecord(item));
    this.#enter(item);
  }

  #replay(record: ItemRecord): void {
    const known = this.#byGuid.get(record.guid);
    const parent = record.parentGuid === null ? null : this.#folder(record.parentGuid);
    if (known !== undefined) {
      this.#detach(known);
      applyRecord(known, record, parent);
    }
    this.#enter(known ?? fromRecord(record, itemIdOf(this.#tenant.drivePrefix, record.guid), parent));
  }

  #enter(item: DriveItem): void {
    this.#changes.push(item);
    item.sequence = this.#changes.length;
    this.#byGuid.set(item.guid, item);
    this.#byId.set(item.id, item);
    this.#totals.changed(item);
    const { parent } = item;
    if (parent === null) return;
    const key = foldName(item.name);
    if (item.deleted !== parent.children.has(key)) return;
    if (item.deleted) parent.children.delete(key);
    else parent.children.set(key, item);
    this.#names.changed(parent, key);
  }

  #detach(item: DriveItem): void {
    const { parent } = item;
    if (parent?.children.get(foldName(item.name)) !== item) return;
    parent.children.delete(foldName(item.name));
    this.#names.changed(parent, foldName(item.name));
  }

  #folder(guid: string): DriveFolder {
    const item = this.#byGuid.get(guid);
    if (item?.kind !== 'folder')
      throw new Error(`The journal of the simulated library has no folder ${guid}.`);
    return item;
  }
}

export interface Content {
  readonly bytes: Uint8Array;
  /** Default: now. */
  readonly modifiedAt?: Date | undefined;
  /** What the client says of the file's own time; default: nothing. */
  readonly clientModifiedAt?: string | null;
}

interface Update {
  readonly parent: DriveFolder;
  readonly name: string;
  readonly clientModifiedAt: string | null;
}

/** SharePoint's times have whole seconds. */
function iso(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, 'Z');
}
