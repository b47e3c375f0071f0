import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { clientModifiedAt } from './client-time.ts';
import { conflictBehavior, placeIn } from './conflict.ts';
import { downloadUrl } from './download-url.ts';
import { addressed, type Call, checkPreconditions, readJson } from './graph-call.ts';
import { GraphError, invalidRequest, itemNotFound } from './graph-error.ts';
import { contentOrigin, graphOrigin, isForContent } from './origins.ts';
import { itemResource } from './resources.ts';
import { sitePaths } from './site-paths.ts';
import { storeContent, uploadTarget } from './upload.ts';
import { nextExpectedRanges, type Piece, type UploadSession } from './upload-sessions.ts';
import type { World } from './world.ts';

/** Graph's answer to `createUploadSession`: an address on the content host that takes the pieces. */
export function createUploadSession(call: Call): object {
  const { world, request } = call;
  const { start, below } = addressed(call);
  const { item } = readJson(request) as { item?: Readonly<Record<string, unknown>> };
  // The documentation says "fail"; SharePoint replaces.
  const behavior = conflictBehavior(request, item ?? {}, 'replace');
  checkPreconditions(request, world.drive.itemBelow(start, below));
  const target = uploadTarget(world, start, below);
  if (behavior === 'fail') placeIn(world.drive, target.folder, target.name, behavior);
  const session = world.uploads.begin({ target, behavior, clientModifiedAt: clientModifiedAt(item ?? {}) });
  return {
    '@odata.context': `${graphOrigin(request)}/v1.0/$metadata#microsoft.graph.uploadSession`,
    uploadUrl: uploadUrl(world, session, request),
    ...status(session),
  };
}

/** On the host of contents, for whoever has the address. */
export function addUploadRoutes(app: FastifyInstance, world: World): void {
  for (const site of sitePaths) {
    app.route({
      method: ['GET', 'PUT', 'DELETE'],
      url: `${site}/_api/v2.0/drives/:drive/items/:item/uploadSession`,
      handler: (request, reply) => answerUpload(world, request, reply),
    });
  }
}

function answerUpload(world: World, request: FastifyRequest, reply: FastifyReply): object {
  if (!isForContent(request)) throw itemNotFound();
  const session = sessionOf(world, request);
  if (request.method === 'GET') return status(session);
  if (request.method === 'PUT') return takePiece(libraryOf(world, request), session, request, reply);
  world.uploads.end(session);
  return reply.code(204).send();
}

function libraryOf(world: World, request: FastifyRequest): World {
  const { drive } = request.params as { drive: string };
  const library = world.libraries.find(({ tenant }) => tenant.driveId === drive);
  if (library === undefined) throw itemNotFound();
  return library;
}

function uploadUrl(world: World, { id, target, behavior }: UploadSession, request: FastifyRequest): string {
  const { tenant, tokens } = world;
  const pass = tokens.sign({ aud: 'upload', sub: id });
  const path = `${tenant.sitePath}/_api/v2.0/drives/${tenant.driveId}/items/${target.folder.id}/uploadSession`;
  const how = `overwrite=${title(behavior === 'replace')}&rename=${title(behavior === 'rename')}`;
  return `${contentOrigin(request)}/${path}?guid='${id}'&${how}&dc=0&tempauth=v1.${pass}`;
}

function title(value: boolean): string {
  return value ? 'True' : 'False';
}

function sessionOf(world: World, request: FastifyRequest): UploadSession {
  if (request.headers.authorization !== undefined)
    throw unauthenticated('A pre-authenticated address takes no Authorization header.');
  const { guid = '', tempauth = '' } = request.query as Record<string, string | undefined>;
  const id = guid.replaceAll("'", '');
  const claims = world.tokens.verify(tempauth.replace(/^v1\./, ''));
  if (claims?.['aud'] !== 'upload' || claims['sub'] !== id)
    throw unauthenticated('The upload address is not valid.');
  return world.uploads.find(id);
}

function unauthenticated(message: string): GraphError {
  return new GraphError(401, 'unauthenticated', message);
}

function takePiece(
  world: World,
  session: UploadSession,
  request: FastifyRequest,
  reply: FastifyReply,
): object {
  const content = world.uploads.take(session, readPiece(request));
  if (content === null) return reply.code(202).send(status(session));
  const { target, behavior, clientModifiedAt: time } = session;
  const { file, isNew } = storeContent(world, target, behavior, { bytes: content, clientModifiedAt: time });
  world.uploads.end(session);
  reply.code(isNew ? 201 : 200);
  return itemResource(world.tenant, file, (each) => downloadUrl(world, each, request));
}

function readPiece({ headers, body }: FastifyRequest): Piece {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
  const range = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(headers['content-range'] ?? '');
  if (range === null) throw invalidRequest('The Content-Range header is missing or malformed.');
  const [start = 0, end = 0, total = 0] = range.slice(1).map(Number);
  if (end >= total || end - start + 1 !== bytes.length)
    throw invalidRequest('The Content-Range header does not match the provided bytes.');
  return { start, total, bytes };
}

function status(session: UploadSession): object {
  return {
    expirationDateTime: session.expiresAt.toISOString(),
    nextExpectedRanges: nextExpectedRanges(session),
  };
}
