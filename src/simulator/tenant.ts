import { clientSecretFor, driveIdOf, drivePrefixFor, guidFor } from './identifiers.ts';

/** The one Microsoft 365 tenant that exists here, with its one application, as seen from one of its libraries. */
export interface Tenant {
  readonly seed: number;
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly hostname: string;
  /** Server-relative, without the slash in front. */
  readonly sitePath: string;
  readonly siteName: string;
  readonly siteTitle: string;
  readonly siteGuid: string;
  readonly webGuid: string;
  readonly siteId: string;
  readonly siteUrl: string;
  /** Of the site at the top, which sites below it share their grants with. */
  readonly collectionPath: string;
  /** Whether the application may use the site at first. */
  readonly granted: boolean;
  readonly driveId: string;
  readonly drivePrefix: Buffer;
  /** What the ids of items are made from, beside their paths. */
  readonly itemSource: readonly (string | number)[];
  readonly isDefaultLibrary: boolean;
  /** SharePoint calls its default library by this name, and puts it at another address: */
  readonly libraryName: string;
  readonly libraryUrlName: string;
  /** The folder within the library that reports are uploaded to. */
  readonly folderName: string;
}

/** The libraries of all sites; the one of the connection is the first. The same seed gives the same ids and secret. */
export function librariesFor(seed: number): readonly [Tenant, ...Tenant[]] {
  const centre = siteFor(seed, 'ContactCentre', 'Contact Centre', true);
  const sales = siteFor(seed, 'Sales', 'Sales', true);
  const emea = siteBelow(sales, 'EMEA', 'Sales EMEA');
  const board = siteFor(seed, 'Board', 'Board', false);
  return [
    libraryOf(centre, documents),
    libraryOf(sales, documents),
    libraryOf(sales, { name: 'Campaign Exports', urlName: 'CampaignExports' }),
    libraryOf(emea, documents),
    libraryOf(board, documents),
  ];
}

/** That of the connection. */
export function tenantFor(seed: number): Tenant {
  return librariesFor(seed)[0];
}

const documents = { name: 'Documents', urlName: 'Shared Documents' };
/** The site that was there before there were others: its ids are made from the seed alone. */
const firstSite = 'ContactCentre';

type Site = Omit<
  Tenant,
  'driveId' | 'drivePrefix' | 'itemSource' | 'isDefaultLibrary' | 'libraryName' | 'libraryUrlName'
>;

function siteFor(seed: number, siteName: string, siteTitle: string, granted: boolean): Site {
  const hostname = 'contoso.sharepoint.com';
  const sitePath = `sites/${siteName}`;
  const source = siteName === firstSite ? [seed] : [seed, siteName];
  const siteGuid = guidFor('site', ...source);
  const webGuid = guidFor('web', ...source);
  return {
    seed,
    tenantId: guidFor('tenant', seed),
    clientId: guidFor('client', seed),
    clientSecret: clientSecretFor(seed),
    hostname,
    sitePath,
    collectionPath: sitePath,
    siteName,
    siteTitle,
    siteGuid,
    webGuid,
    siteId: `${hostname},${siteGuid},${webGuid}`,
    siteUrl: `https://${hostname}/${sitePath}`,
    granted,
    folderName: 'Reports',
  };
}

/** A web of the same site collection, with ids of its own. */
function siteBelow(parent: Site, siteName: string, siteTitle: string): Site {
  const { seed, hostname, siteGuid } = parent;
  const sitePath = `${parent.sitePath}/${siteName}`;
  const webGuid = guidFor('web', seed, parent.siteName, siteName);
  return {
    ...parent,
    sitePath,
    siteName,
    siteTitle,
    webGuid,
    siteId: `${hostname},${siteGuid},${webGuid}`,
    siteUrl: `https://${hostname}/${sitePath}`,
  };
}

function libraryOf(site: Site, { name, urlName }: { name: string; urlName: string }): Tenant {
  const { seed, siteName, siteGuid, webGuid } = site;
  const source = siteName === firstSite ? [seed] : [seed, siteName, name];
  return {
    ...site,
    driveId: driveIdOf(siteGuid, webGuid, guidFor('list', ...source)),
    drivePrefix: drivePrefixFor(...source),
    itemSource: source,
    isDefaultLibrary: name === documents.name,
    libraryName: name,
    libraryUrlName: urlName,
  };
}
