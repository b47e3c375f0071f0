import { log } from '@temporalio/activity';

import type { Sql } from '../src/database/connection.ts';
import { withDatabase } from '../src/database/connection.ts';
import { withoutDownloaded } from '../src/database/queries/known-local-files.ts';
import { openRun } from '../src/database/queries/open-run.ts';
import { registerSource } from '../src/database/queries/register-source.ts';
import {
  type InventoryItem,
  markDeleted,
  saveInventoryPage,
} from '../src/database/queries/save-inventory.ts';
import { prepareIngestionDir } from '../src/directory/ingestion-dir.ts';
import { listDirectoryFiles } from '../src/directory/list-directory-files.ts';
import { localStampIfThere } from '../src/directory/local-stamp.ts';
import { isSetAside } from '../src/directory/watched-folders.ts';
import type { DirectorySource } from '../src/domain/sync-run.ts';
import { failpoint } from '../src/failpoints.ts';
import type { Settings } from '../src/settings/settings.ts';
import type { FolderRef, SharePointGateway } from '../src/sharepoint/gateway.ts';
import { closeLostRuns } from './close-lost-runs.ts';
import type { Activities, Listing } from './contract.ts';
import type { Dependencies } from './dependencies.ts';
import { SourceNotConfigured } from './errors.ts';
import { type Following, followChanges } from './follow-changes.ts';
import { guarded } from './guarded.ts';
import { tidyAfterEndedRuns } from './tidy-local-files.ts';

export function listFiles({ settings, sql, sharepoint }: Dependencies): Activities['listFiles'] {
  return guarded('once', async ({ run, source, timeoutSeconds, config = null }, progress, signal) => {
    const wanted = await withDatabase(() => openRun(sql, { ...run, timeoutSeconds, config }));
    await closeLostRuns(sql, run.runId);
    log.info('Run started', { stage: 'list', job: run.job, nominalTime: run.nominalTime });
    await failpoint('before-listing');
    // Fails here, before any file is asked for, when there is nowhere to put it.
    await prepareIngestionDir(settings);
    if (wanted?.dryRun !== true) await tidyAfterEndedRuns({ settings, sql });
    const listing =
      source.kind === 'directory'
        ? await listDirectory(sql, source, settings)
        : await listSharePoint(sql, configured(sharepoint), {
            ...settings.sync,
            nominalTime: run.nominalTime,
            signal,
            progress,
          });
    await failpoint('after-listing');
    log.info('Listed', {
      stage: 'list',
      listed: listing.listed,
      pages: listing.pages,
      deleted: listing.deleted,
    });
    return wanted === null ? listing : { ...listing, config: wanted };
  });
}

async function listSharePoint(
  sql: Sql,
  sharepoint: SharePointGateway,
  options: Omit<Following, 'exceptId'> & Pick<Settings['sync'], 'detect' | 'processedFolder'>,
): Promise<Listing> {
  const folder = await sharepoint.resolveFolder(options.signal);
  const { sourceId, at } = await withDatabase(() =>
    registerSource(sql, 'sharepoint', `${folder.driveId}/${folder.itemId}`, folder.webUrl),
  );
  const { detect, recursive, processedFolder, signal } = options;
  const processed =
    recursive && processedFolder !== null ? await sharepoint.lookForFolder(processedFolder, signal) : null;
  const following = { ...options, exceptId: processed?.itemId ?? null };
  const followed =
    detect === 'delta' ? await followChanges(sql, sharepoint, { folder, sourceId }, following) : null;
  return followed ?? listFolder(sql, sharepoint, { folder, sourceId, at }, following);
}

async function listFolder(
  sql: Sql,
  sharepoint: SharePointGateway,
  { folder, sourceId, at }: { readonly folder: FolderRef; readonly sourceId: number; readonly at: string },
  options: Following,
): Promise<Listing> {
  const listed = new Set<string>();
  let pages = 0;
  let pageAt = at;
  for await (const page of sharepoint.listFiles(folder, { ...options, except: options.exceptId })) {
    const items = page.map((file) => ({ ...file, contentHash: file.quickXorHash }));
    pageAt = await withDatabase(() => saveInventoryPage(sql, { sourceId, at: pageAt, items }));
    await failpoint('inventory-saved');
    for (const file of page) listed.add(file.itemId);
    options.progress.done = listed.size;
    pages++;
  }
  const deleted = await withDatabase(() => markDeleted(sql, { sourceId, at, itemIds: listed, paths: null }));
  return { sourceId: String(sourceId), listed: listed.size, pages, deleted };
}

async function listDirectory(
  sql: Sql,
  { paths, watchQueue }: DirectorySource,
  settings: Settings,
): Promise<Listing> {
  const { sourceId, at } = await withDatabase(() => registerSource(sql, 'directory', 'local', 'local files'));
  const items: (InventoryItem & { readonly stamp: string })[] = [];
  const onMisnamed = (path: string): void => {
    log.warn('Left alone: its name is not UTF-8; rename it to have it loaded', { stage: 'list', path });
  };
  for (const file of await listDirectoryFiles(paths, { mayBeGone: watchQueue !== undefined, onMisnamed })) {
    const stamp = isSetAside(settings, file.path) ? null : await localStampIfThere(file.path);
    if (stamp !== null)
      items.push({ ...file, driveId: null, parentId: null, eTag: stamp, contentHash: null, stamp });
  }
  // What a run downloaded itself is known to the ledger under its remote name.
  const own = await withDatabase(() => withoutDownloaded(sql, items));
  await withDatabase(() => saveInventoryPage(sql, { sourceId, at, items: own }));
  const itemIds = new Set(own.map(({ itemId }) => itemId));
  const deleted = await withDatabase(() => markDeleted(sql, { sourceId, at, itemIds, paths }));
  return { sourceId: String(sourceId), listed: own.length, pages: 1, deleted };
}

function configured(sharepoint: SharePointGateway | null): SharePointGateway {
  if (sharepoint === null) throw new SourceNotConfigured();
  return sharepoint;
}
