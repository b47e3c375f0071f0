/** What the path of a Graph request names. Parts that it does not mention are null. */
export interface GraphPath {
  readonly site: { readonly host: string; readonly path: string } | { readonly id: string } | null;
  readonly drive: { readonly id: string } | 'default' | null;
  /** `start` is an item's id, or `root`; `below` are the names from there on. */
  readonly item: { readonly start: string; readonly below: readonly string[] } | null;
  /** The rest, without slashes at its ends: `children`, `content`, `drives`; empty for the thing itself. */
  readonly action: string;
}

/**
 * Reads what follows `/v1.0`, already decoded: as names contain neither `/` nor `:`, clients may encode as much of a
 * path as they like. Null when it is no address of a site, drive or drive item.
 */
export function parseGraphPath(decoded: string): GraphPath | null {
  const path = decoded.replace(/\/{2,}/g, '/');
  const { site, rest } = takeSite(path);
  const taken = takeDrive(rest, site !== null);
  if (taken === null)
    return site === null ? null : { site, drive: null, item: null, action: trimSlashes(rest) };
  const { drive } = taken;
  const item = /^\/(?:root|items\/([^/:]+))(?::([^:]*)(?::|$))?(\/.*)?$/.exec(taken.rest);
  if (item === null) return { site, drive, item: null, action: trimSlashes(taken.rest) };
  const [, id, below = '', action = ''] = item;
  return {
    site,
    drive,
    item: { start: id ?? 'root', below: below.split('/').filter((name) => name !== '') },
    action: trimSlashes(action),
  };
}

function takeSite(path: string): { site: GraphPath['site']; rest: string } {
  const byPath = /^\/sites\/([^/:]+):\/([^:]*)(?::|$)(.*)$/.exec(path);
  if (byPath !== null) {
    const [, host = '', sitePath = '', rest = ''] = byPath;
    return { site: { host, path: trimSlashes(sitePath) }, rest };
  }
  const byId = /^\/sites\/([^/:]+)(.*)$/.exec(path);
  if (byId === null) return { site: null, rest: path };
  const [, id = '', rest = ''] = byId;
  return { site: { id }, rest };
}

function takeDrive(
  path: string,
  inSite: boolean,
): { drive: NonNullable<GraphPath['drive']>; rest: string } | null {
  const byId = /^\/drives\/([^/]+)(.*)$/.exec(path);
  if (byId !== null) return { drive: { id: byId[1] ?? '' }, rest: byId[2] ?? '' };
  const ofSite = inSite ? /^\/drive(\/.*)?$/.exec(path) : null;
  return ofSite === null ? null : { drive: 'default', rest: ofSite[1] ?? '' };
}

function trimSlashes(text: string): string {
  return text.replace(/^\/|\/$/g, '');
}
