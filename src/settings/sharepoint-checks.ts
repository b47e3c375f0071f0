import type { Layer } from './given.ts';
import type { Problem } from './problem.ts';
import { byDefault } from './problem.ts';
import { allKeys } from './setting-keys.ts';

const site = 'scheduler.sharepoint_site_url';
const uploads = 'reports.sharepoint_folder';
const credentials = ['scheduler.client_id', 'scheduler.client_secret', 'scheduler.tenant_id'];

/** What was set by hand over what the local stack says. Its SharePoint is the simulator, and is taken whole or not at all. */
export function overLocalStack(byHand: Layer, stack: Layer): Layer {
  const usable = byHand.has(site)
    ? [...stack].filter(([key]) => !/^(?:scheduler|sharepoint|generate)\./.test(key))
    : stack;
  return new Map([...usable, ...byHand]);
}

/** A site needs a folder and credentials; credentials that are set by hand need a site that is, and a folder for reports any site. */
export function checkSharePoint(byHand: Layer, all: Layer): Problem[] {
  const orphan = credentials.find((key) => byHand.has(key));
  if (orphan !== undefined && !byHand.has(site)) return [missing(site, orphan, byHand)];
  if (!all.has(site)) return all.has(uploads) ? [missing(site, uploads, all)] : [];
  return ['scheduler.sharepoint_folder', ...credentials]
    .filter((key) => !all.has(key))
    .map((key) => missing(key, site, all));
}

function missing(key: string, because: string, layer: Layer): Problem {
  return {
    ...(layer.get(because)?.origin ?? byDefault),
    key,
    message: `is not set, but ${because} is: the keys that name a SharePoint go together`,
    accepted: allKeys.find((each) => each.dotted === key)?.rule.accepted ?? null,
    suggestion: null,
  };
}
