import { z } from 'zod';

import type { Refusal } from './errors.ts';
import { FolderNotFound, LibraryNotFound, refusalWords, SiteNotFound } from './errors.ts';
import type { GraphSession } from './graph-session.ts';

export interface FolderRef {
  readonly driveId: string;
  readonly itemId: string;
  readonly webUrl: string;
}

interface Drive {
  readonly id: string;
  readonly names: readonly string[];
}

const siteBody = z.object({ id: z.string() });
const drivesBody = z.object({
  value: z.array(z.object({ id: z.string(), name: z.string(), webUrl: z.string() })),
  '@odata.nextLink': z.string().optional(),
});
const folderBody = z.object({
  id: z.string(),
  webUrl: z.string(),
  folder: z.object({}).optional(),
  root: z.object({}).optional(),
});

/** `folder`: library first, by its name or as in its address, then folders. Compared without regard to case. */
export async function findFolder(
  graph: GraphSession,
  { siteUrl, folder }: { siteUrl: string; folder: string },
  signal: AbortSignal | undefined,
): Promise<FolderRef> {
  const siteId = await findSite(graph, siteUrl, signal);
  const drives = await listDrives(graph, siteId, signal);
  const [library = '', ...folders] = folder.split('/').filter((segment) => segment !== '');
  const driveId = chooseDrive(drives, library, siteUrl);
  const path = folders.map((segment) => `/${encodeURIComponent(segment)}`).join('');
  const item = await graph.get(
    `/drives/${encodeURIComponent(driveId)}/root${path === '' ? '' : `:${path}`}?$select=id,webUrl,folder,root`,
    folderBody,
    {
      action: `looking for the folder "${folder}"`,
      signal,
      refused: (refusal) =>
        refusal.status === 404 ? new FolderNotFound(folder, siteUrl, refusalWords(refusal)) : null,
    },
  );
  if (item.folder === undefined && item.root === undefined) {
    throw new FolderNotFound(folder, siteUrl, 'what is there is a file');
  }
  return { driveId, itemId: item.id, webUrl: item.webUrl };
}

async function findSite(
  graph: GraphSession,
  siteUrl: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  const { hostname, pathname } = new URL(siteUrl);
  const path = pathname.replace(/\/+$/, '');
  const site = await graph.get(`/sites/${hostname}${path === '' ? '' : `:${path}`}?$select=id`, siteBody, {
    action: `looking for the site ${siteUrl}`,
    signal,
    // 400: a host name that is not of this tenant.
    refused: (refusal) => (isOneOf(refusal, [400, 404]) ? new SiteNotFound(siteUrl, refusal) : null),
  });
  return site.id;
}

async function listDrives(
  graph: GraphSession,
  siteId: string,
  signal: AbortSignal | undefined,
): Promise<Drive[]> {
  const drives: Drive[] = [];
  let next: string | undefined = `/sites/${encodeURIComponent(siteId)}/drives?$select=id,name,webUrl`;
  while (next !== undefined) {
    const page: z.infer<typeof drivesBody> = await graph.get(next, drivesBody, {
      action: 'listing the document libraries of the site',
      signal,
    });
    drives.push(...page.value.map(({ id, name, webUrl }) => ({ id, names: [name, lastSegment(webUrl)] })));
    next = page['@odata.nextLink'];
  }
  return drives;
}

/** The default library is called "Documents" (or the like in the site's language), while its address says "Shared Documents". */
function chooseDrive(drives: readonly Drive[], library: string, siteUrl: string): string {
  const matches = drives.filter(({ names }) => names.some((name) => fold(name) === fold(library)));
  const [match] = matches;
  if (match !== undefined && matches.length === 1) return match.id;
  const candidates = [...new Set(drives.flatMap(({ names }) => names))];
  throw new LibraryNotFound(library, siteUrl, candidates, matches.length);
}

function lastSegment(webUrl: string): string {
  const segment = new URL(webUrl).pathname.split('/').at(-1) ?? '';
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function fold(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

function isOneOf(refusal: Refusal, statuses: readonly number[]): boolean {
  return statuses.includes(refusal.status);
}
