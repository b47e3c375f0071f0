import type { FastifyRequest } from 'fastify';

import { GraphError, invalidRequest } from './graph-error.ts';
import type { Resource } from './resources.ts';

const defaultPage = 200;
const largestPage = 1000;

const itemProperties = new Set(
  [
    '@microsoft.graph.downloadUrl',
    'audio,bundle,cTag,children,content,createdBy,createdByUser,createdDateTime,deleted,description,eTag,file,fileSystemInfo',
    'folder,id,image,lastModifiedBy,lastModifiedByUser,lastModifiedDateTime,listItem,location,malware,name,package',
    'parentReference,pendingOperations,permissions,photo,publication,remoteItem,root,searchResult,shared,sharepointIds',
    'size,specialFolder,subscriptions,thumbnails,versions,video,webDavUrl,webUrl',
  ].flatMap((names) => names.split(',')),
);

/** A query option of OData, whose `$` may be left out. */
export function queryOption(request: FastifyRequest, name: string): string | undefined {
  const query = request.query as Record<string, string | string[] | undefined>;
  const value = query[`$${name}`] ?? query[name];
  return Array.isArray(value) ? value[0] : value;
}

/** Throws for what SharePoint does not do in a listing: better refused than ignored, and wrong without a word. */
export function checkSupported(request: FastifyRequest): void {
  for (const name of ['skip', 'filter'] as const) {
    if (queryOption(request, name) !== undefined)
      throw invalidRequest(`The query option $${name} is not supported in a listing of children.`);
  }
}

/** Whether `$orderby` turns the order round. */
export function isDescending(request: FastifyRequest): boolean {
  const order = queryOption(request, 'orderby') ?? 'name';
  const direction = /^name(?: +(asc|desc))?$/.exec(order.trim());
  if (direction === null) throw invalidRequest(`The field in $orderby=${order} is not supported; name is.`);
  return direction[1] === 'desc';
}

/** The page size that `$top` asks for, within what SharePoint gives. */
export function pageSize(request: FastifyRequest): number {
  const top = queryOption(request, 'top');
  if (top === undefined) return defaultPage;
  if (!/^[1-9]\d*$/.test(top)) throw invalidRequest(`Invalid value '${top}' for $top query option.`);
  return Math.min(Number(top), largestPage);
}

/** The properties that `$select` asks for; null when it is not given. */
export function selectedItemProperties(request: FastifyRequest): readonly string[] | null {
  const names = selectedProperties(request);
  const unknown = names?.find((name) => !itemProperties.has(name));
  if (unknown === undefined) return names;
  const message = `Parsing OData Select and Expand failed: Could not find a property named '${unknown}' on type 'microsoft.graph.driveItem'.`;
  throw new GraphError(400, 'BadRequest', message);
}

export function selectedProperties(request: FastifyRequest): readonly string[] | null {
  const select = queryOption(request, 'select');
  return select === undefined ? null : select.split(',').map((name) => name.trim());
}

export function pick(resource: Resource, names: readonly string[] | null): Resource {
  if (names === null) return resource;
  return Object.fromEntries(Object.entries(resource).filter(([name]) => names.includes(name)));
}
