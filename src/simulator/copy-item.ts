import type { FastifyInstance, FastifyRequest } from 'fastify';

import { type ConflictBehavior, conflictBehavior, placeIn } from './conflict.ts';
import type { CopyState } from './copies.ts';
import type { Drive } from './drive.ts';
import { type Call, findItem, readJson } from './graph-call.ts';
import { GraphError, invalidRequest, itemNotFound, nameAlreadyExists } from './graph-error.ts';
import { type DriveFolder, type DriveItem, isBelow } from './item.ts';
import { referredFolder } from './item-writes.ts';
import { checkNewName } from './name-rules.ts';
import { contentOrigin, graphOrigin, isForContent } from './origins.ts';
import { checkSiteAccess } from './site-access.ts';
import { storeContent } from './upload.ts';
import type { World } from './world.ts';

interface Target {
  readonly library: World;
  readonly folder: DriveFolder;
  readonly name: string;
}

/** POST to `copy`: the answer says where to ask how far it is. Whether the name is free shows when the copy is made. */
export function copyItem(call: Call): object {
  const { world, request, reply } = call;
  const item = findItem(call);
  if (item.parent === null) throw new GraphError(403, 'accessDenied', 'The root cannot be copied.');
  const facets = readJson(request);
  const target = targetOf(call, { item, parent: item.parent }, facets);
  if (isBelow(target.folder, item)) throw invalidRequest('An item cannot be copied below itself.');
  const behavior = conflictBehavior(request, facets, 'fail');
  const id = world.copies.begin(() => copied(world.drive, item, target, behavior));
  return reply
    .code(202)
    .header('location', monitorUrl(world, id, request))
    .send();
}

/** How far a copy is, on the host of contents, for whoever has the address. */
export function addMonitorRoutes(app: FastifyInstance, world: World): void {
  app.get<{ Params: { id: string } }>('/sites/:site/_api/v2.0/monitor/:id', (request, reply) => {
    if (!isForContent(request)) throw itemNotFound();
    const { id } = request.params;
    const { tempauth = '' } = request.query as Record<string, string | undefined>;
    const claims = world.tokens.verify(tempauth.replace(/^v1\./, ''));
    if (claims?.['aud'] !== 'monitor' || claims['sub'] !== id)
      throw new GraphError(401, 'unauthenticated', 'The address is not valid.');
    const state = world.copies.state(id);
    if (state === null) throw itemNotFound();
    return reply.code(202).send(shown(state, request));
  });
}

/** Where nothing is said, beside the original and under its name. */
function targetOf(
  { world, roles }: Call,
  { item, parent }: { item: DriveItem; parent: DriveFolder },
  { parentReference, name = item.name }: Readonly<Record<string, unknown>>,
): Target {
  if (typeof name !== 'string') throw invalidRequest('The name is not a text.');
  const { driveId = world.tenant.driveId } = Object(parentReference) as { driveId?: unknown };
  const library = world.libraries.find(({ tenant }) => tenant.driveId === driveId);
  if (library === undefined) throw itemNotFound();
  checkSiteAccess(library, roles, 'write');
  const folder =
    referredFolder(library, parentReference) ?? (library === world ? parent : library.drive.root);
  checkNewName(library.tenant, folder, name);
  return { library, folder, name };
}

function copied(from: Drive, item: DriveItem, target: Target, behavior: ConflictBehavior): DriveItem {
  const { library, folder, name } = target;
  if (item.deleted) throw itemNotFound();
  if (item.kind === 'file')
    return storeContent(library, { folder, name }, behavior, { bytes: from.read(item) }).file;
  const place = placeIn(library.drive, folder, name, behavior);
  // SharePoint replaces no folder by another.
  if (place.existing !== null) throw nameAlreadyExists();
  const made = library.drive.addFolder(folder, place.name);
  for (const child of item.children.values())
    copied(from, child, { library, folder: made, name: child.name }, behavior);
  return made;
}

function monitorUrl({ tenant, tokens }: World, id: string, request: FastifyRequest): string {
  const pass = tokens.sign({ aud: 'monitor', sub: id });
  const path = `${tenant.collectionPath}/_api/v2.0/monitor/${id}`;
  return `${contentOrigin(request)}/${path}?tempauth=v1.${pass}`;
}

function shown(state: CopyState, request: FastifyRequest): object {
  const context = `${graphOrigin(request)}/v1.0/$metadata#oneDrive.asyncOperationStatus`;
  const common = { '@odata.context': context, operation: 'itemCopy', status: state.status };
  switch (state.status) {
    case 'inProgress':
      return { ...common, percentageComplete: 0 };
    case 'completed':
      return { ...common, percentageComplete: 100, resourceId: state.item.id };
    case 'failed': {
      const { code, message } = state.error;
      return { ...common, errorCode: code, error: { code, message } };
    }
  }
}
