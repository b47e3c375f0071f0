import type { ItemRecord } from './journal.ts';

interface ItemState {
  /** The id in Graph; `guid` is SharePoint's own. */
  readonly id: string;
  readonly guid: string;
  name: string;
  parent: DriveFolder | null;
  deleted: boolean;
  /** Counts every change, as the number in the eTag does. */
  version: number;
  readonly createdAt: string;
  modifiedAt: string;
  /** Of `fileSystemInfo`, if a client has set it. */
  clientModifiedAt: string | null;
  /** Folders that it was moved out of: their deltas show it as gone. */
  readonly formerParents: DriveFolder[];
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
  /** Of all files in it, however deep. */
  readonly totals: { files: number; bytes: number };
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

/** Whether it is `folder` itself, or in it, however deep. */
export function isBelow(item: DriveItem, folder: DriveItem): boolean {
  let place: DriveItem | null = item;
  while (place !== null && place !== folder) place = place.parent;
  return place === folder;
}

/** The quotes are part of it. */
export function eTagOf(item: DriveItem): string {
  return `"{${item.guid.toUpperCase()}},${item.version}"`;
}

export function totalSize(item: DriveItem): number {
  return item.kind === 'file' ? item.size : item.totals.bytes;
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
    ...(item.clientModifiedAt !== null && { clientModifiedAt: item.clientModifiedAt }),
  };
}

export function fromRecord(record: ItemRecord, id: string, parent: DriveFolder | null): DriveItem {
  const { guid, name, deleted, version, createdAt, modifiedAt, clientModifiedAt = null } = record;
  const history = { formerParents: [], sequence: 0 };
  const state = {
    id,
    guid,
    name,
    parent,
    deleted,
    version,
    createdAt,
    modifiedAt,
    clientModifiedAt,
    ...history,
  };
  if (record.kind === 'folder')
    return { ...state, kind: 'folder', children: new Map(), totals: { files: 0, bytes: 0 } };
  const { contentVersion, size, hash } = record;
  return { ...state, kind: 'file', contentVersion, size, hash };
}

/** What may change in an item. */
export function applyRecord(item: DriveItem, record: ItemRecord, parent: DriveFolder | null): void {
  if (item.parent !== null && item.parent !== parent) item.formerParents.push(item.parent);
  item.parent = parent;
  item.name = record.name;
  item.clientModifiedAt = record.clientModifiedAt ?? null;
  item.deleted = record.deleted;
  item.version = record.version;
  item.modifiedAt = record.modifiedAt;
  if (item.kind === 'folder') return;
  item.contentVersion = record.contentVersion;
  item.size = record.size;
  item.hash = record.hash;
}
