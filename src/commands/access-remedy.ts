import { AccessDenied } from '../sharepoint/errors.ts';
import type { SignedIn } from '../sharepoint/gateway.ts';

const consent =
  'App registration > API permissions > Microsoft Graph > Application permissions: add Sites.Selected, and grant admin consent';

/** What of the permissions is missing, by what the token says that there is; null when that is not the question. */
export function accessRemedy(error: unknown, signedIn: SignedIn | null): string | null {
  if (!(error instanceof AccessDenied) || signedIn === null) return null;
  const { roles, clientId } = signedIn;
  if (roles === null) return null;
  if (roles.length === 0) return `The token carries no permission. ${consent}.`;
  if (roles.some((role) => /^(?:Sites|Files)\.(?:Read|ReadWrite|FullControl|Manage)\b/.test(role)))
    return `The token has ${roles.join(', ')}, which opens every site: look at the Conditional Access policies of the tenant, and whether the site is locked.`;
  if (!roles.includes('Sites.Selected'))
    return `The token has ${roles.join(', ')} alone, which opens no site. ${consent}.`;
  const grant = { roles: ['read'], grantedToIdentities: [{ application: { id: clientId } }] };
  return `The token has Sites.Selected; what is missing is the grant of this site. An administrator sends POST /sites/{site-id}/permissions ${JSON.stringify(grant)}, or runs Grant-PnPAzureADAppSitePermission -AppId ${clientId ?? '<client id>'} -Permissions Read.`;
}
