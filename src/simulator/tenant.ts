import { clientSecretFor, driveIdOf, drivePrefixFor, guidFor } from './identifiers.ts';

/** The one Microsoft 365 tenant that exists here, with one application, one site and one library. */
export interface Tenant {
  readonly seed: number;
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly hostname: string;
  /** Server-relative, without the slash in front. */
  readonly sitePath: string;
  readonly siteName: string;
  readonly siteGuid: string;
  readonly webGuid: string;
  readonly siteId: string;
  readonly siteUrl: string;
  readonly driveId: string;
  readonly drivePrefix: Buffer;
  /** SharePoint calls its default library by this name, and puts it at another address: */
  readonly libraryName: string;
  readonly libraryUrlName: string;
  /** The folder within the library that reports are uploaded to. */
  readonly folderName: string;
}

/** The same seed gives the same ids and the same secret. */
export function tenantFor(seed: number): Tenant {
  const hostname = 'contoso.sharepoint.com';
  const sitePath = 'sites/ContactCentre';
  const siteGuid = guidFor('site', seed);
  const webGuid = guidFor('web', seed);
  return {
    seed,
    tenantId: guidFor('tenant', seed),
    clientId: guidFor('client', seed),
    clientSecret: clientSecretFor(seed),
    hostname,
    sitePath,
    siteName: 'ContactCentre',
    siteGuid,
    webGuid,
    siteId: `${hostname},${siteGuid},${webGuid}`,
    siteUrl: `https://${hostname}/${sitePath}`,
    driveId: driveIdOf(siteGuid, webGuid, guidFor('list', seed)),
    drivePrefix: drivePrefixFor(seed),
    libraryName: 'Documents',
    libraryUrlName: 'Shared Documents',
    folderName: 'Reports',
  };
}
