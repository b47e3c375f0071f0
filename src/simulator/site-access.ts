import type { SiteRole } from './app-registration.ts';
import { GraphError } from './graph-error.ts';
import type { World } from './world.ts';

/** Permissions that open every site of the tenant, whatever it grants. */
const tenantWide: Readonly<Record<string, SiteRole>> = {
  'Files.Read.All': 'read',
  'Files.ReadWrite.All': 'write',
  'Sites.Read.All': 'read',
  'Sites.ReadWrite.All': 'write',
  'Sites.Manage.All': 'write',
  'Sites.FullControl.All': 'write',
};

/** Throws a GraphError unless a token with these roles may do this at the site of the library. */
export function checkSiteAccess({ app, tenant }: World, roles: readonly string[], wanted: SiteRole): void {
  const has = roles.map((role) =>
    role === 'Sites.Selected' ? app.grants.get(tenant.collectionPath) : tenantWide[role],
  );
  if (has.includes('write') || has.includes(wanted)) return;
  throw new GraphError(403, 'accessDenied', 'Access denied');
}

export function roleFor(method: string): SiteRole {
  return method === 'GET' || method === 'HEAD' ? 'read' : 'write';
}
