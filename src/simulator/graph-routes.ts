import type { FastifyInstance, FastifyRequest } from 'fastify';

import { addressedLibrary } from './addressed-library.ts';
import { childrenPage } from './children-page.ts';
import { copyItem } from './copy-item.ts';
import { deltaPage } from './delta-page.ts';
import { downloadUrl } from './download-url.ts';
import { deleteVersion, listVersions } from './file-versions.ts';
import { type Call, findItem, showItem } from './graph-call.ts';
import { GraphError, invalidRequest } from './graph-error.ts';
import { type GraphPath, parseGraphPath } from './graph-path.ts';
import { type DriveFolder, type DriveItem, totalSize } from './item.ts';
import { createFolder, deleteItem, putContent, updateItem } from './item-writes.ts';
import { graphOrigin } from './origins.ts';
import { pick, queryOption, selectedProperties } from './query-options.ts';
import { driveResource, siteResource } from './resources.ts';
import { checkAccessToken } from './sign-in-routes.ts';
import { checkSiteAccess, roleFor } from './site-access.ts';
import { createUploadSession } from './upload-session-routes.ts';
import type { World } from './world.ts';

/** Microsoft Graph v1.0 as far as a client needs it to read a document library, and to fill one. */
export function addGraphRoutes(app: FastifyInstance, world: World): void {
  app.route({
    method: ['GET', 'PUT', 'POST', 'PATCH', 'DELETE'],
    url: '/v1.0/*',
    handler: (request, reply) => {
      const roles = checkAccessToken(world, request);
      reply.type(
        'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8',
      );
      return answer({ world, request, reply, path: readPath(request), roles });
    },
  });
}

function readPath(request: FastifyRequest): GraphPath {
  const encoded = (request.raw.url ?? '').replace(/\?.*$/s, '').slice('/v1.0'.length);
  const path = parseGraphPath(decode(encoded));
  if (path !== null) return path;
  const segment = encoded.split('/')[1] ?? '';
  throw new GraphError(400, 'BadRequest', `Resource not found for the segment '${segment}'.`);
}

function decode(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    throw invalidRequest('The request URL is malformed.');
  }
}

function answer(anywhere: Call): object {
  const { path } = anywhere;
  const call = { ...anywhere, world: addressedLibrary(anywhere.world, path) };
  checkSiteAccess(call.world, call.roles, roleFor(call.request.method));
  if (path.drive === null) return answerSite(call);
  return path.item === null ? answerDrive(call) : answerItem(call);
}

function answerSite({ world, request, path }: Call): object {
  const select = selectedProperties(request);
  const metadata = `${graphOrigin(request)}/v1.0/$metadata`;
  switch (`${request.method} ${path.action}`) {
    case 'GET ':
      return { '@odata.context': `${metadata}#sites/$entity`, ...pick(siteResource(world.tenant), select) };
    case 'GET drives': {
      const here = world.libraries.filter(({ tenant }) => tenant.siteId === world.tenant.siteId);
      const drives = here.map(({ tenant, drive }) => driveResource(tenant, totalSize(drive.root)));
      return { '@odata.context': `${metadata}#drives`, value: drives.map((drive) => pick(drive, select)) };
    }
    default:
      throw notHere(request, path.action);
  }
}

function answerDrive({ world, request, path }: Call): object {
  if (`${request.method} ${path.action}` !== 'GET ') throw notHere(request, path.action);
  const drive = driveResource(world.tenant, totalSize(world.drive.root));
  const context = `${graphOrigin(request)}/v1.0/$metadata#drives/$entity`;
  return { '@odata.context': context, ...pick(drive, selectedProperties(request)) };
}

function answerItem(call: Call): object {
  const { request, world, path } = call;
  const version = /^versions\/([^/]+)$/.exec(path.action)?.[1];
  if (request.method === 'DELETE' && version !== undefined) return deleteVersion(call, version);
  switch (`${request.method} ${path.action}`) {
    case 'GET ':
      return showItem(call, findItem(call));
    case 'GET children':
      return listChildren(call);
    case 'GET content':
      return redirectToContent(call);
    case 'GET versions':
      return listVersions(call);
    case 'PUT content':
      return putContent(call);
    case 'POST createUploadSession':
      return createUploadSession(call);
    case 'POST children':
      return createFolder(call);
    case 'PATCH ':
      return updateItem(call);
    case 'DELETE ':
      return deleteItem(call);
    case 'POST copy':
      return copyItem(call);
    default: {
      const token = deltaToken(request, path.action);
      return deltaPage(world, folderOf(findItem(call)), request, token);
    }
  }
}

function listChildren(call: Call): object {
  const item = findItem(call);
  return item.kind === 'folder' ? childrenPage(call.world, item, call.request) : { value: [] };
}

function redirectToContent(call: Call): object {
  const { world, request, reply } = call;
  const item = findItem(call);
  if (item.kind === 'folder') throw invalidRequest('You cannot get content for a folder');
  return reply.redirect(downloadUrl(world, item, request), 302);
}

function folderOf(item: DriveItem): DriveFolder {
  if (item.kind === 'folder') return item;
  throw invalidRequest('view.delta can only be called on a folder.');
}

/** The token of `delta?token=...` or `delta(token='...')`; throws for an action that is no delta. */
function deltaToken(request: FastifyRequest, action: string): string | null {
  const call = /^(?:microsoft\.graph\.)?delta(?:\((?:token='(.*)')?\))?$/.exec(action);
  if (call === null || request.method !== 'GET') throw notHere(request, action);
  return call[1] ?? queryOption(request, 'token') ?? null;
}

function notHere(request: FastifyRequest, action: string): GraphError {
  const known = ['', 'children', 'content', 'copy', 'createUploadSession', 'delta', 'drives', 'versions'];
  if (known.includes(action)) {
    const message = 'Specified HTTP method is not allowed for the request target.';
    return new GraphError(405, 'Request_BadRequest', `${message} (${request.method})`);
  }
  return new GraphError(400, 'BadRequest', `Resource not found for the segment '${action}'.`);
}
