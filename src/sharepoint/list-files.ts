import { z } from 'zod';

import { FolderNotFound, refusalWords } from './errors.ts';
import type { FolderRef } from './find-folder.ts';
import type { GraphSession } from './graph-session.ts';

export interface RemoteFile {
  readonly itemId: string;
  readonly driveId: string;
  /** Item id of the folder that it lies in. */
  readonly parentId: string;
  /** As stored. */
  readonly name: string;
  /** Relative to the listed folder, separated by `/`: `sub/a.csv`. */
  readonly path: string;
  /** What SharePoint reports: it can differ from the length of the content. */
  readonly size: number;
  readonly eTag: string;
  /** Base64; null when SharePoint has not computed it. */
  readonly quickXorHash: string | null;
  /** ISO 8601 in UTC, by the server's clock. */
  readonly modifiedAt: string;
  /** Microsoft holds it for malware. */
  readonly malware: boolean;
}

export interface ListOptions {
  readonly recursive: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Id of a folder below that is not looked into. */
  readonly except?: string | null;
}

export interface Folder {
  readonly itemId: string;
  /** Relative to the listed folder, ending with `/`; empty for that folder itself. */
  readonly prefix: string;
}

/** The service gives 200 unless asked, and 1,000 at most. */
export const pageSize = 1000;
export const itemFields = 'id,name,size,eTag,lastModifiedDateTime,file,folder,malware';

export const itemBody = z.object({
  id: z.string(),
  name: z.string(),
  size: z.number().optional(),
  eTag: z.string().optional(),
  lastModifiedDateTime: z.string().optional(),
  file: z.object({ hashes: z.object({ quickXorHash: z.string().optional() }).optional() }).optional(),
  folder: z.object({}).optional(),
  malware: z.object({}).optional(),
});
const childrenBody = z.object({ value: z.array(itemBody), '@odata.nextLink': z.string().optional() });

export type Item = z.infer<typeof itemBody>;

/** Every page of the folder, then of each folder below it; a page may have no files. Notebooks and the like are left out. */
export async function* listFiles(
  graph: GraphSession,
  root: FolderRef,
  { recursive, signal, except = null }: ListOptions,
): AsyncGenerator<readonly RemoteFile[], void, undefined> {
  const folders: Folder[] = [{ itemId: root.itemId, prefix: '' }];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    try {
      for await (const items of listChildren(graph, root, { folder, signal })) {
        if (recursive) folders.push(...subfolders(items, folder).filter(({ itemId }) => itemId !== except));
        yield items.flatMap((item) => toRemoteFile(item, root.driveId, folder));
      }
    } catch (error) {
      // A folder below that was removed since it was listed holds nothing.
      if (!(error instanceof FolderNotFound) || folder.prefix === '') throw error;
    }
  }
}

async function* listChildren(
  graph: GraphSession,
  root: FolderRef,
  { folder, signal }: { folder: Folder; signal: AbortSignal | undefined },
): AsyncGenerator<readonly Item[], void, undefined> {
  const place = folder.prefix === '' ? root.webUrl : `${root.webUrl}/${folder.prefix}`;
  const address = `/drives/${encodeURIComponent(root.driveId)}/items/${encodeURIComponent(folder.itemId)}/children`;
  let next: string | undefined = `${address}?$top=${pageSize}&$select=${itemFields}`;
  while (next !== undefined) {
    const page: z.infer<typeof childrenBody> = await graph.get(next, childrenBody, {
      action: `listing ${place}`,
      signal,
      refused: (refusal) =>
        refusal.status === 404 ? new FolderNotFound(place, root.webUrl, refusalWords(refusal)) : null,
    });
    yield page.value;
    next = page['@odata.nextLink'];
  }
}

function subfolders(items: readonly Item[], parent: Folder): Folder[] {
  return items
    .filter((item) => item.folder !== undefined)
    .map((item) => ({ itemId: item.id, prefix: `${parent.prefix}${item.name}/` }));
}

/** Nothing of what is no file. */
export function toRemoteFile(item: Item, driveId: string, folder: Folder): RemoteFile[] {
  if (item.file === undefined) return [];
  const { id, name, size = 0, eTag = '', lastModifiedDateTime = '', file } = item;
  return [
    {
      itemId: id,
      driveId,
      parentId: folder.itemId,
      name,
      path: `${folder.prefix}${name}`,
      size,
      eTag,
      quickXorHash: file.hashes?.quickXorHash ?? null,
      modifiedAt: lastModifiedDateTime,
      malware: item.malware !== undefined,
    },
  ];
}
