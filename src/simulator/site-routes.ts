import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

import { readBody } from './control-body.ts';
import { GraphError } from './graph-error.ts';
import type { World } from './world.ts';

const siteBody = z.strictObject({ granted: z.boolean() });

/** `/sim/sites`: the sites with their libraries, and whether the application may use them. */
export function addSiteRoutes(app: FastifyInstance, world: World): void {
  app.get('/sim/sites', () => {
    const names = new Set(world.libraries.map(({ tenant }) => tenant.siteName));
    return { value: [...names].map((name) => shown(librariesOf(world, name))) };
  });
  app.put<{ Params: { site: string } }>('/sim/sites/:site', (request) => {
    const libraries = librariesOf(world, request.params.site);
    const { granted } = readBody(request, siteBody);
    const { sitePath } = libraries[0].tenant;
    if (granted) world.grantedSites.add(sitePath);
    else world.grantedSites.delete(sitePath);
    return shown(libraries);
  });
}

/** Throws a GraphError that names the sites that there are. */
export function librariesOf(world: World, siteName: string): [World, ...World[]] {
  const isHere = (library: World) => library.tenant.siteName.toLowerCase() === siteName.toLowerCase();
  const [first, ...others] = world.libraries.filter(isHere);
  if (first !== undefined) return [first, ...others];
  const known = [...new Set(world.libraries.map(({ tenant }) => tenant.siteName))].join(', ');
  throw new GraphError(404, 'itemNotFound', `There is no site ${siteName}; there are ${known}.`);
}

function shown(libraries: readonly [World, ...World[]]): object {
  const { siteName, siteUrl, siteId, sitePath } = libraries[0].tenant;
  return {
    name: siteName,
    url: siteUrl,
    id: siteId,
    granted: libraries[0].grantedSites.has(sitePath),
    libraries: libraries.map(({ tenant, drive }) => ({
      name: tenant.libraryName,
      urlName: tenant.libraryUrlName,
      driveId: tenant.driveId,
      ...drive.root.totals,
    })),
  };
}
