import { type FolderAddress, readFolderAddress } from '../domain/sharepoint-address.ts';
import type { Layer } from './given.ts';
import type { Problem } from './problem.ts';
import { byDefault } from './problem.ts';
import type { SectionsValues } from './setting-keys.ts';

export const site = 'scheduler.sharepoint_site_url';
export const folder = 'scheduler.sharepoint_folder';

type Scheduler = SectionsValues['scheduler'];

/** A site, or a folder by its whole address, also by one that is refused. */
export function namesPlace(layer: Layer): boolean {
  const written = layer.get(folder)?.value;
  return layer.has(site) || (typeof written === 'string' && /^\s*https?:/i.test(written));
}

/** Also by the address of a folder where that of the site belongs. */
export function namesFolder(layer: Layer): boolean {
  return layer.has(folder) || addressIn(layer, site) !== null;
}

function addressIn(layer: Layer, key: string): FolderAddress | null {
  const value = layer.get(key)?.value;
  const reading = typeof value === 'string' ? readFolderAddress(value) : null;
  return reading?.ok === true ? reading.address : null;
}

/** With the site of a folder that is given by its address alone, under whichever of the two keys. */
export function withSite(scheduler: Scheduler, all: Layer): Scheduler {
  const byFolder = addressIn(all, folder);
  if (byFolder !== null && !all.has(site)) return { ...scheduler, sharepointSiteUrl: byFolder.siteUrl };
  const bySite = addressIn(all, site);
  const { sharepointSiteUrl: pasted } = scheduler;
  if (bySite === null || pasted === null || all.has(folder)) return scheduler;
  return { ...scheduler, sharepointSiteUrl: bySite.siteUrl, sharepointFolder: pasted };
}

/** A site that is written beside a folder has to be one, and the one that the folder is in. */
export function checkPlace({ scheduler }: SectionsValues, all: Layer): Problem[] {
  const { sharepointSiteUrl } = scheduler;
  if (sharepointSiteUrl === null || !all.has(site) || !all.has(folder)) return [];
  const { origin, pathname, search } = new URL(sharepointSiteUrl);
  const written = addressIn(all, site);
  if (written !== null && (search !== '' || /\/(?:Forms\/|:f:)|\.aspx$|Shared%20Documents/i.test(pathname)))
    return [
      problem(
        site,
        'is an address inside the site, beside scheduler.sharepoint_folder',
        written.siteUrl,
        all,
      ),
    ];
  const address = addressIn(all, folder);
  if (address === null) return [];
  const whole = `${address.siteUrl}/${address.path.map(encodeURIComponent).join('/')}/`.toLowerCase();
  if (whole.startsWith(`${origin}${pathname.replace(/\/+$/, '')}/`.toLowerCase())) return [];
  return [problem(site, 'is another site than that of scheduler.sharepoint_folder', address.siteUrl, all)];
}

function problem(key: string, message: string, suggestion: string, all: Layer): Problem {
  const origin = all.get(key)?.origin ?? byDefault;
  return { ...origin, key, message, accepted: null, suggestion: JSON.stringify(suggestion) };
}
