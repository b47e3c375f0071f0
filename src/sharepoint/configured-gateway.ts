import type { Settings } from '../settings/settings.ts';
import { SharePointGateway } from './gateway.ts';

/** Null when the settings name no SharePoint. */
export function configuredGateway({
  scheduler,
  sharepoint,
}: Pick<Settings, 'scheduler' | 'sharepoint'>): SharePointGateway | null {
  const { sharepointSiteUrl, tenantId, clientId, clientSecret } = scheduler;
  if (sharepointSiteUrl === null || tenantId === null || clientId === null || clientSecret === null)
    return null;
  return new SharePointGateway({
    siteUrl: sharepointSiteUrl,
    folder: scheduler.sharepointFolder,
    tenantId,
    clientId,
    clientSecret,
    ...sharepoint,
  });
}
