/** A folder by its address in the browser. */
export interface FolderAddress {
  /** As far as an address tells: `https://tenant.sharepoint.com/sites/Name`. A site below it may be meant. */
  readonly siteUrl: string;
  /** What follows, decoded: perhaps sites below, then the library, then folders. Never empty. */
  readonly path: readonly string[];
}

export type AddressReading =
  | { readonly ok: true; readonly address: FolderAddress }
  /** `because` is read after the address: `which is a page`. */
  | { readonly ok: false; readonly because: string };

/** Paths under which sites are; every other one is in the root site. */
const managedPaths = ['sites', 'teams', 'personal'];
const hosts = /^[\w-]+\.sharepoint(?:-mil)?\.(?:com|us|cn)$/;
const openIt = 'open the folder in the browser, and paste the address that is shown then';

/**
 * Takes what a browser shows of a folder in a library: its path, a view of the library (`.../Forms/AllItems.aspx?id=...`)
 * also from another site or OneDrive, and a sharing link that holds the path (`/:f:/r/...`).
 */
export function readFolderAddress(text: string): AddressReading {
  const url = URL.parse(text.trim());
  if (url?.protocol !== 'https:' || !hosts.test(url.hostname))
    return no(`which is no https:// address at sharepoint.com; ${openIt} (from Teams: "Open in SharePoint")`);
  if (url.username !== '' || url.password !== '') return no('with a user name or password in it');
  const link = /^\/:(\w):\/(\w+)(\/.*)?$/.exec(url.pathname);
  if (link !== null && link[2] !== 'r')
    return no(`which is a short sharing link, and names neither library nor folder; ${openIt}`);
  if (link !== null && link[1] !== 'f') return no(`which is a link to a file; ${openIt}`);
  if (url.hash !== '') return no(`with a # in it; ${openIt}, or write %23 for a # in a name`);
  return readPlace(placeOf(url, link?.[3]));
}

interface Place {
  readonly origin: string;
  /** Server-relative; encoded when it is a part of the address itself. */
  readonly path: string;
  readonly encoded: boolean;
}

/** What a view shows stands in its query: the page's own path is that of the view, perhaps of another library. */
function placeOf(url: URL, linked: string | undefined): Place {
  const query = url.searchParams;
  const shown = ['parent', 'id', 'RootFolder', 'newTargetListUrl']
    .map((name) => query.get(name))
    .find((path) => path?.startsWith('/') === true);
  if (shown == null) return { origin: url.origin, path: linked ?? url.pathname, encoded: true };
  const list = URL.parse(query.get('listurl') ?? '');
  return { origin: list?.origin ?? url.origin, path: shown, encoded: false };
}

function readPlace({ origin, path, encoded }: Place): AddressReading {
  const written = path.split('/').filter((segment) => segment !== '');
  const segments = encoded ? decode(written) : written;
  if (segments === null || segments.some((segment) => segment === '..' || segment === '.'))
    return no('with a % or a .. that means nothing');
  if (!hosts.test(new URL(origin).hostname)) return no(`which leads to ${origin}; ${openIt}`);
  const isView = /\.aspx$/i.test(segments.at(-1) ?? '') && segments.at(-2)?.toLowerCase() === 'forms';
  const folder = isView ? segments.slice(0, -2) : segments;
  if (folder.some((segment) => segment === '_layouts') || /\.aspx$/i.test(folder.at(-1) ?? ''))
    return no(`which is a page; ${openIt}`);
  return readInSite(origin, folder);
}

function readInSite(origin: string, folder: readonly string[]): AddressReading {
  const depth = managedPaths.includes(folder[0]?.toLowerCase() ?? '') ? 2 : 0;
  if (folder.length <= depth) return no(`which is a site, and no library in it; ${openIt}`);
  const site = folder.slice(0, depth).map((segment) => `/${encodeURIComponent(segment)}`);
  return { ok: true, address: { siteUrl: `${origin}${site.join('')}`, path: folder.slice(depth) } };
}

function decode(segments: readonly string[]): string[] | null {
  try {
    return segments.map(decodeURIComponent);
  } catch {
    return null;
  }
}

function no(because: string): AddressReading {
  return { ok: false, because };
}
