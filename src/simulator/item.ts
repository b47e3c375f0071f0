import type { ItemRecord } from './journal.ts';

interface ItemState {
  /** The id in Graph; `guid` is SharePoint's own. */
  readonly id: string;
  readonly guid: string;
  name: string;
  parent: DriveFolder | null;
  /** Where it was before it was moved, the latest last. */
  readonly formerParents: DriveFolder[];
  deleted: boolean;
  /** Counts every change, as the number in the eTag does. */
  version: number;
  readonly createdAt: string;
  modifiedAt: string;
  /** Place of its last change among all changes of the drive, from 1; 0 before the first. */
  sequence: number;
}

export interface DriveFile extends ItemState {
  readonly kind: 'file';
  /** Counts new contents, as the number in the cTag does. */
  contentVersion: number;
  size: number;
  hash: string;
}

export interface DriveFolder extends ItemState {
  readonly kind: 'folder';
  /** By folded name. */
  readonly children: Map<string, DriveItem>;
}

export type DriveItem = DriveFile | DriveFolder;

/** SharePoint keeps the case of a name and ignores it in comparisons. */
export function foldName(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

/** Names from the root, which itself is not among them. */
export function pathOf(item: DriveItem): string[] {
  return item.parent === null ? [] : [...pathOf(item.parent), item.name];
}

/** The quotes are part of it. */
export function eTagOf(item: DriveItem): string {
  return `"{${item.guid.toUpperCase()}},${item.version}"`;
}

/** Gives it another place, which its folders have to be told. */
export function place(item: DriveItem, parent: DriveFolder | null, name: string): void {
  if (item.parent !== null && item.parent !== parent) item.formerParents.push(item.parent);
  item.parent = parent;
  item.name = name;
}

export function isWithin(item: DriveItem, folder: DriveFolder): boolean {
  let above: DriveItem | null = item;
  while (above !== null && above !== folder) above = above.parent;
  return above === folder;
}

export function totalSize(item: DriveItem): number {
  if (item.kind === 'file') return item.size;
  let size = 0;
  for (const child of item.children.values()) size += totalSize(child);
  return size;
}

export function toRecord(item: DriveItem): ItemRecord {
  const content = item.kind === 'file' ? item : { contentVersion: 0, size: 0, hash: '' };
  return {
    guid: item.guid,
    parentGuid: item.parent?.guid ?? null,
    name: item.name,
    kind: item.kind,
    deleted: item.deleted,
    version: item.version,
    contentVersion: content.contentVersion,
    size: content.size,
    hash: content.hash,
    createdAt: item.createdAt,
    modifiedAt: item.modifiedAt,
  };
}

export function fromRecord(record: ItemRecord, id: string, parent: DriveFolder | null): DriveItem {
  const { guid, name, deleted, version, createdAt, modifiedAt } = record;
  const state = {
    id,
    guid,
    name,
    parent,
    formerParents: [],
    deleted,
    version,
    createdAt,
    modifiedAt,
    sequence: 0,
  };
  if (record.kind === 'folder') return { ...state, kind: 'folder', children: new Map() };
  const { contentVersion, size, hash } = record;
  return { ...state, kind: 'file', contentVersion, size, hash };
}

export function applyRecord(item: DriveItem, record: ItemRecord, parent: DriveFolder | null): void {
  place(item, parent, record.name);
  item.deleted = record.deleted;
  item.version = record.version;
  item.modifiedAt = record.modifiedAt;
  if (item.kind === 'folder') return;
  item.contentVersion = record.contentVersion;
  item.size = record.size;
  item.hash = record.hash;
}
