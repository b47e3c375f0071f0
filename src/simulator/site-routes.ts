import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

import { readBody } from './control-body.ts';
import { GraphError } from './graph-error.ts';
import type { World } from './world.ts';

const siteBody = z.strictObject({ granted: z.boolean(), role: z.enum(['read', 'write']).optional() });

/** `/sim/sites`: the sites with their libraries, and whether the application may use them. Sites below another share its grant. */
export function addSiteRoutes(app: FastifyInstance, world: World): void {
  app.get('/sim/sites', () => {
    const names = new Set(world.libraries.map(({ tenant }) => tenant.siteName));
    return { value: [...names].map((name) => shown(librariesOf(world, name))) };
  });
  app.put<{ Params: { site: string } }>('/sim/sites/:site', (request) => {
    const libraries = librariesOf(world, request.params.site);
    const { granted, role = 'write' } = readBody(request, siteBody);
    const { collectionPath } = libraries[0].tenant;
    if (granted) world.app.grants.set(collectionPath, role);
    else world.app.grants.delete(collectionPath);
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
  const { siteName, siteUrl, siteId, collectionPath } = libraries[0].tenant;
  const role = libraries[0].app.grants.get(collectionPath) ?? null;
  return {
    name: siteName,
    url: siteUrl,
    id: siteId,
    granted: role !== null,
    role,
    libraries: libraries.map(({ tenant, drive }) => ({
      name: tenant.libraryName,
      urlName: tenant.libraryUrlName,
      driveId: tenant.driveId,
      ...drive.root.totals,
    })),
  };
}
