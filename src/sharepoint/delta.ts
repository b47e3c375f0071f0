import { z } from 'zod';

import type { Refusal } from './errors.ts';
import { FolderNotFound, refusalWords, SharePointFailed } from './errors.ts';
import type { FolderRef } from './find-folder.ts';
import type { GraphSession } from './graph-session.ts';
import { type Item, itemBody, itemFields, pageSize, type RemoteFile, toRemoteFile } from './list-files.ts';

/** What Graph is asked for changes of. In some places it tells them of a whole library only. */
export type DeltaScope = 'folder' | 'library';

/** The state of an item; `gone` is also what is neither file nor folder, such as a notebook. */
export type ChangedItem =
  | { readonly kind: 'file'; readonly itemId: string; readonly file: RemoteFile }
  | ChangedFolder
  | { readonly kind: 'gone'; readonly itemId: string };

interface ChangedFolder {
  readonly kind: 'folder';
  readonly itemId: string;
  readonly parentId: string;
  readonly name: string;
  readonly childCount: number | null;
}

export type DeltaEvent =
  /** What was told before counts no more. `isFull`: everything that is there follows, and not only what changed. */
  | { readonly kind: 'start'; readonly scope: DeltaScope; readonly isFull: boolean }
  /** Items each once; of one that comes again in a later page, the later state counts. */
  | { readonly kind: 'page'; readonly items: readonly ChangedItem[] }
  /** The round is complete; the next one begins with the link. */
  | { readonly kind: 'end'; readonly link: string }
  /** Graph tells no changes here: the folder has to be listed. */
  | { readonly kind: 'unsupported' };

export interface DeltaStart {
  /** Of the last round; null: from the beginning. */
  readonly link: string | null;
  readonly scope: DeltaScope;
  readonly signal?: AbortSignal | undefined;
}

/** A service that goes on sending us back to the beginning is not followed for ever. */
const mostRestarts = 3;

const changedBody = itemBody.extend({
  // A deleted item has none.
  name: z.string().optional(),
  folder: z.object({ childCount: z.number().optional() }).optional(),
  root: z.object({}).optional(),
  deleted: z.object({}).optional(),
  parentReference: z.object({ id: z.string().optional() }).optional(),
});
const pageBody = z.object({
  value: z.array(changedBody),
  '@odata.nextLink': z.string().optional(),
  '@odata.deltaLink': z.string().optional(),
});
// Without `deleted` in it, what was deleted looks like a live item without a name.
const fields = `${itemFields},root,deleted,parentReference`;

/**
 * One round of changes in and below a folder, of the whole library in the scope `library`. A link that is no good any
 * more makes it start anew, where the service says or from the beginning; a scope that the service refuses is followed
 * by the next wider one.
 */
export async function* readChanges(
  graph: GraphSession,
  folder: FolderRef,
  { link, scope, signal }: DeltaStart,
): AsyncGenerator<DeltaEvent, void, undefined> {
  let place: Place = { scope, link, isFull: link === null };
  for (let restarts = 0; ; restarts++) {
    yield { kind: 'start', scope: place.scope, isFull: place.isFull };
    const refused = yield* readRound(graph, folder, place, signal);
    if (refused === null) return;
    if (restarts === mostRestarts) throw refused;
    const next = placeAfter(refused, place, folder);
    if (next === null) {
      yield { kind: 'unsupported' };
      return;
    }
    place = next;
  }
}

/** What lies in a folder below, but not deeper, as changes tell it. Nothing when it is gone. */
export async function* readChildren(
  graph: GraphSession,
  folder: FolderRef,
  { itemId, signal }: { itemId: string; signal?: AbortSignal | undefined },
): AsyncGenerator<readonly ChangedItem[], void, undefined> {
  const action = `listing a folder below ${folder.webUrl}`;
  const address = `/drives/${encodeURIComponent(folder.driveId)}/items/${encodeURIComponent(itemId)}/children`;
  let next: string | undefined = `${address}?$top=${pageSize}&$select=${fields}`;
  while (next !== undefined) {
    const page = await readPage(graph, next, { action, signal, isLink: false });
    if (page instanceof ChangesRefused) {
      if (page.status === 404) return;
      throw page;
    }
    yield changedItems(page.value, folder);
    next = page['@odata.nextLink'];
  }
}

/** Where a round begins; without a link of the service's own, at the beginning. */
interface Place {
  readonly scope: DeltaScope;
  readonly link: string | null;
  readonly isFull: boolean;
}

/** Returns the refusal that ended it before its end. */
async function* readRound(
  graph: GraphSession,
  folder: FolderRef,
  { scope, link }: Place,
  signal: AbortSignal | undefined,
): AsyncGenerator<DeltaEvent, ChangesRefused | null, undefined> {
  const action = `asking what changed in ${folder.webUrl}`;
  const first = link ?? addressOf(folder, scope);
  for (let next = first; ; ) {
    const page = await readPage(graph, next, { action, signal, isLink: link !== null || next !== first });
    if (page instanceof ChangesRefused) return page;
    yield { kind: 'page', items: changedItems(page.value, folder) };
    const { '@odata.deltaLink': end, '@odata.nextLink': more } = page;
    if (end !== undefined) {
      yield { kind: 'end', link: end };
      return null;
    }
    if (more === undefined) throw withoutLink(action);
    next = more;
  }
}

async function readPage(
  graph: GraphSession,
  address: string,
  { action, signal, isLink }: { action: string; signal: AbortSignal | undefined; isLink: boolean },
): Promise<z.infer<typeof pageBody> | ChangesRefused> {
  try {
    return await graph.get(address, pageBody, {
      action,
      signal,
      refused: (refusal) =>
        otherPlaceStatuses.includes(refusal.status) ? new ChangesRefused(action, refusal, isLink) : null,
    });
  } catch (error) {
    if (error instanceof ChangesRefused) return error;
    throw error;
  }
}

/** Null: there is none. */
function placeAfter({ refusal, isLink }: ChangesRefused, { scope }: Place, folder: FolderRef): Place | null {
  if (isLink || refusal.status === 410) return { scope, link: refusal.location ?? null, isFull: true };
  if (scope === 'library') return null;
  if (refusal.status === 404) throw new FolderNotFound(folder.webUrl, folder.webUrl, refusalWords(refusal));
  return { scope: 'library', link: null, isFull: true };
}

function addressOf(folder: FolderRef, scope: DeltaScope): string {
  const drive = `/drives/${encodeURIComponent(folder.driveId)}`;
  const place = scope === 'library' ? 'root' : `items/${encodeURIComponent(folder.itemId)}`;
  return `${drive}/${place}/delta?$top=${pageSize}&$select=${fields}`;
}

function changedItems(items: readonly z.infer<typeof changedBody>[], folder: FolderRef): ChangedItem[] {
  const last = new Map(items.map((item) => [item.id, item]));
  return [...last.values()].flatMap((item) => {
    const isAbove = item.id === folder.itemId || item.root !== undefined;
    return isAbove ? [] : [changedItem(item, folder)];
  });
}

function changedItem(item: z.infer<typeof changedBody>, { driveId }: FolderRef): ChangedItem {
  const { id: itemId, name, deleted, parentReference } = item;
  const parentId = parentReference?.id;
  if (deleted !== undefined || name === undefined || parentId === undefined) return { kind: 'gone', itemId };
  if (item.folder !== undefined) {
    return { kind: 'folder', itemId, parentId, name, childCount: item.folder.childCount ?? null };
  }
  const named: Item = { ...item, name, folder: undefined };
  const [file] = toRemoteFile(named, driveId, { itemId: parentId, prefix: '' });
  return file === undefined ? { kind: 'gone', itemId } : { kind: 'file', itemId, file };
}

/**
 * 410 and 404 are said of links that are too old or of something else, 400 of broken ones; 501 and 400 of a scope that is
 * not served.
 */
const otherPlaceStatuses: readonly number[] = [400, 404, 410, 501];

/** After which another address may do. */
class ChangesRefused extends SharePointFailed {
  readonly refusal: Refusal;
  /** The address was of the service's own making. */
  readonly isLink: boolean;

  constructor(action: string, refusal: Refusal, isLink: boolean) {
    super(action, refusal);
    this.refusal = refusal;
    this.isLink = isLink;
  }
}

function withoutLink(action: string): SharePointFailed {
  return new SharePointFailed(action, {
    status: 200,
    code: 'unexpectedBody',
    message: 'a page that says neither where the next one is nor where the next round begins',
    requestId: null,
    retryAfterSeconds: null,
  });
}
