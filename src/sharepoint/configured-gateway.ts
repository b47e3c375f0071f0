import type { Settings } from '../settings/settings.ts';
import { SharePointGateway } from './gateway.ts';
import type { SignIn } from './sign-in.ts';
import type { SharedTraffic } from './traffic.ts';

type SharePointSettings = Pick<Settings, 'scheduler' | 'sharepoint'>;

/** Null when the settings name no SharePoint. `shared`: what the workers of an application have in common; null for one that asks little. */
export function configuredGateway(
  settings: SharePointSettings,
  shared: SharedTraffic | null = null,
): SharePointGateway | null {
  const { scheduler, sharepoint } = settings;
  const signIn = configuredSignIn(settings);
  if (scheduler.sharepointSiteUrl === null || signIn === null) return null;
  const { graphUrl, authorityUrl, caFile } = sharepoint;
  const { sharepointSiteUrl: siteUrl, sharepointFolder: folder } = scheduler;
  const connection = { siteUrl, folder, signIn, graphUrl, authorityUrl, caFile };
  return new SharePointGateway(connection, undefined, shared);
}

function configuredSignIn({ scheduler, sharepoint }: SharePointSettings): SignIn | null {
  const { tenantId, clientId, clientSecret } = scheduler;
  const {
    signIn: method,
    clientCertificateFile: certificateFile,
    federatedTokenFile: tokenFile,
  } = sharepoint;
  if (method === 'managed_identity') return { method, clientId };
  if (tenantId === null || clientId === null) return null;
  if (method === 'secret' && clientSecret !== null) return { method, tenantId, clientId, clientSecret };
  if (method === 'certificate' && certificateFile !== null)
    return { method, tenantId, clientId, certificateFile };
  if (method === 'workload_identity' && tokenFile !== null) return { method, tenantId, clientId, tokenFile };
  return null;
}
