import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { downloadUrl } from './download-url.ts';
import { placeOf } from './file-place.ts';
import { itemNotFound } from './graph-error.ts';
import { type DriveItem, pathOf, totalSize } from './item.ts';
import { libraryPage, type ShownItem, type ShownSite } from './library-page.ts';
import { libraryPageScript } from './library-page-script.ts';
import type { World } from './world.ts';

/** More rows than these slow a browser down. */
const mostRows = 500;
/** Nothing from anywhere else, and no script but our own. */
const policy =
  "default-src 'none'; style-src 'unsafe-inline'; script-src 'self'; connect-src 'self'; form-action 'none'";

/** The pages for people: `/` is the folder of the connection, `/sim/page/{site}/{library}/{path}` any other. */
export function addPageRoutes(app: FastifyInstance, world: World): void {
  app.get('/', (request, reply) => {
    const folder = world.drive.itemBelow(world.drive.root, [world.tenant.folderName]);
    return sendPage(world, folder ?? world.drive.root, request, reply);
  });
  app.get('/sim/page/*', (request, reply) => {
    const { library, names } = placeOf(world, request);
    return sendPage(library, library.drive.itemBelow(library.drive.root, names), request, reply);
  });
  app.get('/sim/page.js', (_request, reply) =>
    reply.type('text/javascript; charset=utf-8').send(libraryPageScript),
  );
}

function sendPage(
  library: World,
  folder: DriveItem | null,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  if (folder?.kind !== 'folder') throw itemNotFound();
  const latestFirst = [...folder.children.values()].sort((a, b) => (a.modifiedAt < b.modifiedAt ? 1 : -1));
  const { siteUrl, libraryUrlName, libraryName } = library.tenant;
  const names = pathOf(folder);
  const page = libraryPage({
    sites: sitesOf(library),
    trail: [libraryName, ...names].map((name, depth) => ({
      name,
      href: address('page', library, names.slice(0, depth)),
    })),
    filesUrl: `${address('files', library, names)}/`,
    webUrl: [siteUrl, libraryUrlName, ...names].join('/'),
    items: latestFirst.slice(0, mostRows).map((item) => shown(library, item, request)),
    count: latestFirst.length,
    totals: folder.totals,
  });
  return reply.type('text/html; charset=utf-8').header('content-security-policy', policy).send(page);
}

function sitesOf(current: World): ShownSite[] {
  const names = [...new Set(current.libraries.map(({ tenant }) => tenant.siteName))];
  return names.map((siteName) => {
    const libraries = current.libraries.filter(({ tenant }) => tenant.siteName === siteName);
    const [{ tenant } = current] = libraries;
    return {
      title: tenant.siteTitle,
      url: `/sim/sites/${siteName}`,
      role: current.app.grants.get(tenant.collectionPath) ?? null,
      libraries: libraries.map((library) => ({
        name: library.tenant.libraryName,
        href: address('page', library, []),
        isCurrent: library === current,
      })),
    };
  });
}

function shown(library: World, item: DriveItem, request: FastifyRequest): ShownItem {
  const names = pathOf(item);
  return {
    kind: item.kind,
    name: item.name,
    path: names.join('/'),
    size: totalSize(item),
    modifiedAt: item.modifiedAt,
    href: item.kind === 'file' ? downloadUrl(library, item, request) : address('page', library, names),
    url: address('files', library, names),
  };
}

function address(what: 'page' | 'files', { tenant }: World, names: readonly string[]): string {
  const path = [tenant.siteName, tenant.libraryUrlName, ...names].map(encodeURIComponent);
  return `/sim/${what}/${path.join('/')}`;
}
