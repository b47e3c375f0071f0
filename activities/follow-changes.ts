import { randomUUID } from 'node:crypto';

import { log } from '@temporalio/activity';

import type { Sql } from '../src/database/connection.ts';
import { withDatabase } from '../src/database/connection.ts';
import { applyChanges } from '../src/database/queries/apply-changes.ts';
import {
  type InventoryState,
  readInventoryState,
  recordNoChanges,
} from '../src/database/queries/inventory-state.ts';
import {
  type Round,
  type StagedItem,
  stageChanges,
  unlistedFolders,
} from '../src/database/queries/stage-changes.ts';
import { failpoint } from '../src/failpoints.ts';
import type { ChangedItem, DeltaScope, FolderRef, SharePointGateway } from '../src/sharepoint/gateway.ts';
import type { Listing } from './contract.ts';
import { currentOwner } from './current-owner.ts';
import type { Progress } from './guarded.ts';

export interface Following {
  /** Item id of a folder below that is not looked into. */
  readonly exceptId: string | null;
  readonly recursive: boolean;
  readonly nominalTime: string;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

interface Followed {
  readonly folder: FolderRef;
  readonly sourceId: number;
}

/**
 * Brings the inventory up to date with what SharePoint says has changed since the last round, and once a week with
 * everything that is there. Null: it tells no changes, and the folder is to be listed.
 */
export async function followChanges(
  sql: Sql,
  sharepoint: SharePointGateway,
  followed: Followed,
  following: Following,
): Promise<Listing | null> {
  const { nominalTime, recursive, exceptId, signal } = following;
  for (;;) {
    const state = await withDatabase(() => readInventoryState(sql, followed.sourceId, nominalTime));
    if (state.scope === 'none' && state.isReconciled) return null;
    const reading = await readRound(sql, sharepoint, { ...followed, state }, following);
    if (reading === null) {
      log.warn('SharePoint tells no changes of this folder, which is listed instead', { stage: 'list' });
      await withDatabase(() => recordNoChanges(sql, { ...state, ...followed, nominalTime }));
      return null;
    }
    const round = { ...reading, rootId: followed.folder.itemId, exceptId, recursive, nominalTime };
    const applied = await withDatabase(() => applyChanges(sql, currentOwner(), round));
    await failpoint('changes-applied');
    if (applied !== null) {
      const { pages, isFull, scope } = reading;
      log.info('Asked what changed', { stage: 'list', pages, everything: isFull, scope });
      return { sourceId: String(followed.sourceId), pages, ...applied };
    }
    signal.throwIfAborted();
    log.info('Another run has asked what changed, too, and was faster; asking anew', { stage: 'list' });
  }
}

/** A round as far as it was read; its items are put aside until it is complete. */
interface Reading extends Round {
  readonly scope: DeltaScope;
  readonly isFull: boolean;
  readonly beganAt: string;
  /** Before the last page was asked for, and before the next one will be. */
  lastAt: string;
  nextAt: string;
  pages: number;
  isEmpty: boolean;
}

async function readRound(
  sql: Sql,
  sharepoint: SharePointGateway,
  { folder, sourceId, state }: Followed & { readonly state: InventoryState },
  { recursive, exceptId, signal, progress }: Following,
): Promise<(Reading & { readonly link: string }) | null> {
  const { generation, at } = state;
  const begin = (scope: DeltaScope, isFull: boolean, now: string): Reading => ({
    ...{ sourceId, generation, roundId: randomUUID(), scope, isFull },
    ...{ beganAt: now, lastAt: now, nextAt: now, pages: 0, isEmpty: true },
  });
  const goesOn = state.isReconciled && state.recursive === recursive && state.scope !== 'none';
  const from = goesOn ? { link: state.link, scope: state.scope } : { link: null, scope: 'folder' as const };
  let reading = begin(from.scope, from.link === null, at);
  for await (const event of sharepoint.changes(folder, { ...from, signal })) {
    if (event.kind === 'start') {
      reading = begin(event.scope, event.isFull, reading.nextAt);
      progress.done = 0;
    } else if (event.kind === 'page') {
      await stage(sql, reading, event.items, progress);
    } else if (event.kind === 'end') {
      if (recursive && !reading.isFull && !reading.isEmpty)
        await listNewFolders(sql, sharepoint, { folder, reading, exceptId }, { signal, progress });
      return { ...reading, link: event.link };
    }
  }
  return null;
}

/** Of a folder that was moved here SharePoint tells the folder alone. */
async function listNewFolders(
  sql: Sql,
  sharepoint: SharePointGateway,
  {
    folder,
    reading,
    exceptId,
  }: { readonly folder: FolderRef; readonly reading: Reading; readonly exceptId: string | null },
  { signal, progress }: Pick<Following, 'signal' | 'progress'>,
): Promise<void> {
  const listed = new Set<string>();
  for (;;) {
    const unlisted = await withDatabase(() =>
      unlistedFolders(sql, reading, { rootId: folder.itemId, exceptId }),
    );
    const next = unlisted.filter((itemId) => !listed.has(itemId));
    if (next.length === 0) return;
    for (const itemId of next) {
      listed.add(itemId);
      for await (const items of sharepoint.children(folder, { itemId, signal }))
        await stage(sql, reading, items, progress);
    }
  }
}

async function stage(
  sql: Sql,
  reading: Reading,
  items: readonly ChangedItem[],
  progress: Progress,
): Promise<void> {
  reading.pages++;
  if (items.length > 0) {
    const [at, staged] = [reading.nextAt, items.map(stagedItem)];
    reading.isEmpty = false;
    reading.lastAt = at;
    reading.nextAt = await withDatabase(() => stageChanges(sql, reading, at, staged));
    progress.done += items.length;
  }
  await failpoint('inventory-saved');
}

function stagedItem(item: ChangedItem): StagedItem {
  if (item.kind !== 'file') return item;
  return { kind: 'file', ...item.file, contentHash: item.file.quickXorHash };
}
