import { createReadStream, openSync } from 'node:fs';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { opens } from './download-url.ts';
import type { Drive } from './drive.ts';
import { faultOf } from './fault-of-request.ts';
import { GraphError, itemNotFound } from './graph-error.ts';
import { type DriveFile, eTagOf } from './item.ts';
import { isForContent } from './origins.ts';
import { sitePaths } from './site-paths.ts';
import type { World } from './world.ts';

/** The host that gives out contents to whoever has a pre-authenticated address. */
export function addContentRoute(app: FastifyInstance, world: World): void {
  for (const site of sitePaths) {
    app.get(`${site}/_layouts/15/download.aspx`, (request, reply) => {
      if (!isForContent(request)) throw itemNotFound();
      const { drive, file } = fileFor(world, request);
      checkMalware(file, request);
      return sendContent(file, rangeOf(request, file), reply, drive.contentPath(file));
    });
  }
}

function fileFor(world: World, request: FastifyRequest): { drive: Drive; file: DriveFile } {
  if (request.headers.authorization !== undefined) {
    throw new GraphError(
      401,
      'unauthenticated',
      'A pre-authenticated address takes no Authorization header.',
    );
  }
  const { UniqueId: guid = '', tempauth = '' } = request.query as Record<string, string | undefined>;
  if (!opens(world, tempauth, guid)) {
    throw new GraphError(401, 'unauthenticated', 'The download address has expired or is not valid.');
  }
  for (const { drive } of world.libraries) {
    const file = drive.itemByGuid(guid);
    if (file?.kind === 'file') return { drive, file };
  }
  throw itemNotFound();
}

function checkMalware({ name }: DriveFile, request: FastifyRequest): void {
  const { malware, file = name } = faultOf(request) ?? {};
  if (malware !== true || file !== name) return;
  throw new GraphError(403, 'malwareDetected', 'Malware detected', { 'x-virus-infected': 'Simulated.Virus' });
}

/** Of another version than the one that a client has begun, it gets the whole. */
function rangeOf(request: FastifyRequest, file: DriveFile): string | undefined {
  const { range, 'if-range': ifRange } = request.headers;
  const isOther = ifRange !== undefined && ifRange !== eTagOf(file);
  return isOther || faultOf(request)?.ignoreRange === true ? undefined : range;
}

function sendContent(
  file: DriveFile,
  range: string | undefined,
  reply: FastifyReply,
  path: string,
): FastifyReply {
  reply
    .header('accept-ranges', 'bytes')
    .header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(file.name)}`)
    .header('content-type', 'application/octet-stream')
    .header('etag', eTagOf(file));
  const part = readRange(range, file.size);
  if (part === 'unsatisfiable') {
    reply.header('content-range', `bytes */${file.size}`);
    throw new GraphError(416, 'invalidRange', 'The requested range is not satisfiable.');
  }
  const { start, end } = part ?? { start: 0, end: file.size - 1 };
  if (part !== null) reply.code(206).header('content-range', `bytes ${start}-${end}/${file.size}`);
  reply.header('content-length', end - start + 1);
  if (file.size === 0) return reply.send('');
  // Opened at once: a new version of the file may replace this one while it is being sent.
  return reply.send(createReadStream('', { fd: openSync(path, 'r'), start, end }));
}

/** Null: the whole file, also for what is no single range of bytes, as HTTP has it. Both ends are included. */
function readRange(
  header: string | undefined,
  size: number,
): { start: number; end: number } | 'unsatisfiable' | null {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (first === '' && last === '') return null;
  if (first === '') {
    const start = Math.max(0, size - Number(last));
    return start < size ? { start, end: size - 1 } : 'unsatisfiable';
  }
  const start = Number(first);
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (start >= size) return 'unsatisfiable';
  return end < start ? null : { start, end };
}
