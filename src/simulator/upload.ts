import type { FastifyRequest } from 'fastify';

import type { Drive } from './drive.ts';
import { GraphError, invalidRequest, itemNotFound } from './graph-error.ts';
import type { DriveFile, DriveItem } from './item.ts';

/** Writes the body of a PUT to the file at `below` under `start`; folders on the way are made, as SharePoint does. */
export function uploadContent(
  drive: Drive,
  start: DriveItem,
  below: readonly string[],
  request: FastifyRequest,
): { file: DriveFile; created: boolean } {
  const content = { bytes: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0) };
  const existing = drive.itemBelow(start, below);
  if (existing?.kind === 'folder') throw invalidRequest('A folder has no content.');
  if (existing !== null) {
    checkConflict(request);
    drive.replace(existing, content);
    return { file: existing, created: false };
  }
  const name = below.at(-1);
  if (start.kind !== 'folder' || name === undefined) throw itemNotFound();
  const parent = drive.ensureFolder(start, below.slice(0, -1));
  if (parent === null) throw itemNotFound();
  return { file: drive.addFile(parent, name, content), created: true };
}

function checkConflict(request: FastifyRequest): void {
  const behavior = (request.query as Record<string, string | undefined>)['@microsoft.graph.conflictBehavior'];
  if (behavior === undefined || behavior === 'replace') return;
  if (behavior === 'fail') throw new GraphError(409, 'nameAlreadyExists', 'Name already exists');
  throw new GraphError(501, 'notSupported', `The simulator knows no conflict behaviour ${behavior}.`);
}
