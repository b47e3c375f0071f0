import { cloudOfSite, clouds } from './clouds.ts';
import type { Layer } from './given.ts';
import type { Problem } from './problem.ts';
import { byDefault } from './problem.ts';
import type { SectionsValues } from './setting-keys.ts';
import { allKeys } from './setting-keys.ts';
import { folder, namesFolder, namesPlace, site } from './sharepoint-place.ts';
import { neededBy, provenBy, signInMethod } from './sign-in-method.ts';

const uploads = 'reports.sharepoint_folder';
const signIn = 'sharepoint.sign_in';
const credentials = new Set([...Object.values(neededBy).flat(), signIn]);

/** What was set by hand over what the local stack says. Its SharePoint is the simulator, and is taken whole or not at all. */
export function overLocalStack(byHand: Layer, stack: Layer): Layer {
  const usable = namesPlace(byHand)
    ? [...stack].filter(([key]) => !/^(?:scheduler|sharepoint|generate)\./.test(key))
    : stack;
  return new Map([...usable, ...byHand]);
}

/** A site needs a folder and credentials; credentials that are set by hand need a site that is, and a folder for reports any site. */
export function checkSharePoint(byHand: Layer, all: Layer): Problem[] {
  const orphan = [...credentials].find((key) => byHand.has(key));
  if (orphan !== undefined && !namesPlace(byHand)) return [missing(site, orphan, byHand)];
  if (!namesPlace(all)) return all.has(uploads) ? [missing(site, uploads, all)] : [];
  const proofs = provenBy(all);
  if (!all.has(signIn) && proofs.length > 1) return [ambiguous(proofs, all)];
  const place = all.has(site) ? site : folder;
  const chosen = all.has(signIn) ? signIn : place;
  return [
    ...(namesFolder(all) ? [] : [missing(folder, site, all)]),
    ...neededBy[signInMethod(all)].filter((key) => !all.has(key)).map((key) => missing(key, chosen, all)),
  ];
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

function ambiguous(methods: readonly (keyof typeof neededBy)[], layer: Layer): Problem {
  const keys = methods.map((method) => neededBy[method].at(-1) ?? '');
  return {
    ...(layer.get(keys[0] ?? '')?.origin ?? byDefault),
    key: signIn,
    message: `is not set, and ${keys.join(' and ')} are: it has to say which of them counts`,
    accepted: methods.map((method) => `"${method}"`).join(' or '),
    suggestion: null,
  };
}

type Values = SectionsValues['sharepoint'];

/** With what follows from other keys in the place of what is not set. */
export function sharepointValues(
  written: Values,
  all: Layer,
): Values & { readonly graphUrl: string; readonly authorityUrl: string } {
  const { graphUrl, authorityUrl } = clouds[written.cloud];
  return {
    ...written,
    signIn: namesPlace(all) ? signInMethod(all) : null,
    graphUrl: written.graphUrl ?? graphUrl,
    authorityUrl: written.authorityUrl ?? authorityUrl,
  };
}

/** A site of one cloud is unknown in all others. Addresses of one's own may stand for any. */
export function checkCloud({ scheduler, sharepoint }: SectionsValues, all: Layer): Problem[] {
  const { sharepointSiteUrl } = scheduler;
  if (sharepointSiteUrl === null || all.has('sharepoint.graph_url')) return [];
  const cloud = cloudOfSite(sharepointSiteUrl);
  if (cloud === null || cloud === sharepoint.cloud) return [];
  return [
    {
      ...((all.get('sharepoint.cloud') ?? all.get(site) ?? all.get(folder))?.origin ?? byDefault),
      key: 'sharepoint.cloud',
      message: `is ${JSON.stringify(sharepoint.cloud)}, and the site is at ${new URL(sharepointSiteUrl).host}`,
      accepted: null,
      suggestion: JSON.stringify(cloud),
    },
  ];
}
