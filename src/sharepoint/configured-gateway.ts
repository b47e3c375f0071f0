import type { Settings } from '../settings/settings.ts';
import { SharePointGateway } from './gateway.ts';
import type { SharedTraffic } from './traffic.ts';

/** Null when the settings name no SharePoint. `shared`: what the workers of an application have in common; null for one that asks little. */
export function configuredGateway(
  { scheduler, sharepoint }: Pick<Settings, 'scheduler' | 'sharepoint'>,
  shared: SharedTraffic | null = null,
): SharePointGateway | null {
  const { sharepointSiteUrl, tenantId, clientId, clientSecret } = scheduler;
  if (sharepointSiteUrl === null || tenantId === null || clientId === null || clientSecret === null)
    return null;
  const connection = {
    siteUrl: sharepointSiteUrl,
    folder: scheduler.sharepointFolder,
    tenantId,
    clientId,
    clientSecret,
    ...sharepoint,
  };
  return new SharePointGateway(connection, undefined, shared);
}
