import { GraphError, invalidRequest } from './graph-error.ts';
import type { GraphPath } from './graph-path.ts';
import type { World } from './world.ts';

/** The library that an address leads to, which is the default one of a site that is named alone. Throws a GraphError. */
export function addressedLibrary(world: World, { site, drive }: GraphPath): World {
  const libraries = site === null ? world.libraries : librariesOfSite(world, site);
  const found = libraries.find(({ tenant }) =>
    drive === null || drive === 'default' ? tenant.isDefaultLibrary : tenant.driveId === drive.id,
  );
  if (found !== undefined) return found;
  throw invalidRequest('The provided drive id appears to be malformed, or does not represent a valid drive.');
}

/** In the order that SharePoint lists them: the default one first. */
function librariesOfSite(world: World, site: NonNullable<GraphPath['site']>): readonly World[] {
  if ('host' in site && site.host.toLowerCase() !== world.tenant.hostname)
    throw invalidRequest('Invalid hostname for this tenancy');
  const libraries = world.libraries.filter(({ tenant }) =>
    'id' in site ? site.id === tenant.siteId : site.path.toLowerCase() === tenant.sitePath.toLowerCase(),
  );
  if (libraries.length > 0) return libraries;
  throw new GraphError(404, 'itemNotFound', 'Requested site could not be found');
}
