import { z } from 'zod';

import { type FolderAddress, readFolderAddress } from '../domain/sharepoint-address.ts';
import type { Refusal } from './errors.ts';
import { FolderNotFound, LibraryNotFound, refusalWords, SiteNotFound } from './errors.ts';
import type { GraphSession } from './graph-session.ts';

export interface FolderRef {
  readonly driveId: string;
  readonly itemId: string;
  readonly webUrl: string;
}

/** What is found on the way to a folder, in this order. */
export type FolderStep = 'site' | 'library' | 'folder';

/** Hears of each step once it is done. */
export type OnFound = (step: FolderStep, found: string) => void;

interface Drive {
  readonly id: string;
  readonly names: readonly string[];
  /** Its server-relative path. */
  readonly path: readonly string[];
}

/** The library that a folder is in, and the way from there. */
interface Library {
  readonly siteUrl: string;
  readonly drive: Drive;
  readonly folders: readonly string[];
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

/**
 * `folder`: library first, by its name or as in its address, then folders; or the address of the folder in the browser.
 * Compared without regard to case.
 */
export async function findFolder(
  graph: GraphSession,
  { siteUrl, folder }: { siteUrl: string; folder: string },
  { signal, onFound }: { signal?: AbortSignal | undefined; onFound?: OnFound | undefined },
): Promise<FolderRef> {
  const reading = readFolderAddress(folder);
  const library = reading.ok
    ? await findLibraryByAddress(graph, reading.address, { signal, onFound })
    : await findLibraryByName(graph, { siteUrl, folder }, { signal, onFound });
  onFound?.('library', library.drive.names.map((name) => `"${name}"`).join(', at '));
  const item = await findItem(graph, library, { folder, signal });
  onFound?.('folder', item.webUrl);
  return { driveId: library.drive.id, itemId: item.id, webUrl: item.webUrl };
}

interface Looking {
  readonly signal: AbortSignal | undefined;
  readonly onFound: OnFound | undefined;
}

async function findLibraryByName(
  graph: GraphSession,
  { siteUrl, folder }: { siteUrl: string; folder: string },
  { signal, onFound }: Looking,
): Promise<Library> {
  const siteId = await findSite(graph, siteUrl, signal);
  onFound?.('site', siteUrl);
  const drives = await listDrives(graph, siteId, signal);
  const [library = '', ...folders] = folder.split('/').filter((segment) => segment !== '');
  return { siteUrl, drive: chooseDrive(drives, library, siteUrl), folders };
}

/** An address does not tell sites below a site from libraries and folders: what is no library may be a site. */
async function findLibraryByAddress(
  graph: GraphSession,
  address: FolderAddress,
  { signal, onFound }: Looking,
): Promise<Library> {
  let { siteUrl, path } = address;
  let siteId = await findSite(graph, siteUrl, signal);
  for (;;) {
    const drives = await listDrives(graph, siteId, signal);
    const whole = [...pathOf(siteUrl), ...path];
    const drive = drives.find((each) => each.path.every((part, at) => fold(part) === fold(whole[at] ?? '')));
    if (drive !== undefined) {
      onFound?.('site', siteUrl);
      return { siteUrl, drive, folders: whole.slice(drive.path.length) };
    }
    const [name = '', ...below] = path;
    const candidates = drives.flatMap(({ names }) => names);
    const missing = new LibraryNotFound(name, siteUrl, [...new Set(candidates)], 0);
    if (below.length === 0) {
      onFound?.('site', siteUrl);
      throw missing;
    }
    const siteBelow = `${siteUrl}/${encodeURIComponent(name)}`;
    siteId = await findSite(graph, siteBelow, signal).catch((error: unknown) => {
      if (!(error instanceof SiteNotFound)) throw error;
      onFound?.('site', siteUrl);
      throw missing;
    });
    siteUrl = siteBelow;
    path = below;
  }
}

async function findItem(
  graph: GraphSession,
  { siteUrl, drive, folders }: Library,
  { folder, signal }: { folder: string; signal: AbortSignal | undefined },
): Promise<z.infer<typeof folderBody>> {
  const path = folders.map((segment) => `/${encodeURIComponent(segment)}`).join('');
  const item = await graph.get(
    `/drives/${encodeURIComponent(drive.id)}/root${path === '' ? '' : `:${path}`}?$select=id,webUrl,folder,root`,
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
  return item;
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
    drives.push(...page.value.map(toDrive));
    next = page['@odata.nextLink'];
  }
  return drives;
}

/** The default library is called "Documents" (or the like in the site's language), while its address says "Shared Documents". */
function chooseDrive(drives: readonly Drive[], library: string, siteUrl: string): Drive {
  const matches = drives.filter(({ names }) => names.some((name) => fold(name) === fold(library)));
  const [match] = matches;
  if (match !== undefined && matches.length === 1) return match;
  const candidates = [...new Set(drives.flatMap(({ names }) => names))];
  throw new LibraryNotFound(library, siteUrl, candidates, matches.length);
}

function toDrive({ id, name, webUrl }: { id: string; name: string; webUrl: string }): Drive {
  const path = pathOf(webUrl);
  return { id, names: [...new Set([name, path.at(-1) ?? ''])], path };
}

function pathOf(url: string): string[] {
  const segments = new URL(url).pathname.split('/').filter((segment) => segment !== '');
  try {
    return segments.map(decodeURIComponent);
  } catch {
    return segments;
  }
}

function fold(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

function isOneOf(refusal: Refusal, statuses: readonly number[]): boolean {
  return statuses.includes(refusal.status);
}
