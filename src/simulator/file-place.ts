import type { FastifyRequest } from 'fastify';

import { GraphError } from './graph-error.ts';
import { librariesOf } from './site-routes.ts';
import type { World } from './world.ts';

/** What `{site}/{library}/{path}` at the end of an address of the control plane names. */
export interface Place {
  readonly library: World;
  readonly names: readonly string[];
}

/** Throws a GraphError that names the sites or libraries that there are. */
export function placeOf(world: World, request: FastifyRequest): Place {
  const [siteName = '', libraryName = '', ...names] = (request.params as { '*': string })['*'].split('/');
  const libraries = librariesOf(world, siteName);
  const library = libraries.find(({ tenant }) =>
    [tenant.libraryName, tenant.libraryUrlName].some((name) => same(name, libraryName)),
  );
  if (library !== undefined) return { library, names: names.filter((name) => name !== '') };
  const known = libraries.map(({ tenant }) => tenant.libraryName).join(', ');
  throw new GraphError(
    404,
    'itemNotFound',
    `The site ${siteName} has no library ${libraryName}; it has ${known}.`,
  );
}

function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
