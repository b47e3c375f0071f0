import { randomUUID } from 'node:crypto';
import type { FastifyRequest } from 'fastify';

import type { Fault } from './faults.ts';
import { graphOrigin } from './origins.ts';
import { selectedProperties } from './query-options.ts';
import type { Resource } from './resources.ts';

/** `answer`, an item or a page of them, with what `fault` makes it say wrongly; anything else as it is. */
export function altered(answer: unknown, fault: Fault, request: FastifyRequest): unknown {
  if (typeof answer !== 'object' || answer === null) return answer;
  const resource = answer as Resource;
  if (!Array.isArray(resource['value'])) return alteredItem(resource, fault, request);
  if (fault.emptyPage === true) return emptyPage(resource, request);
  const items = (resource['value'] as Resource[]).map((item) => alteredItem(item, fault, request));
  const earlier = fault.duplicateItem === true ? items.filter(isFile).slice(0, 1).map(whenEmpty) : [];
  return { ...resource, value: [...earlier, ...items] };
}

function alteredItem(item: Resource, fault: Fault, request: FastifyRequest): Resource {
  if (!isFile(item) || (fault.file !== undefined && fault.file !== item['name'])) return item;
  const { size, file } = item;
  const showsMalware = fault.malware === true && (selectedProperties(request)?.includes('malware') ?? true);
  return {
    ...item,
    ...(fault.wrongSize !== undefined && typeof size === 'number' && { size: size + fault.wrongSize }),
    ...(fault.withoutHash === true && { file: { ...(file as Resource), hashes: undefined } }),
    ...(showsMalware && { malware: { description: 'Simulated.Virus' } }),
  };
}

function isFile(item: Resource): boolean {
  return item['file'] !== undefined && item['deleted'] === undefined;
}

function whenEmpty(item: Resource): Resource {
  return { ...item, size: 0, file: { ...(item['file'] as Resource), hashes: {} } };
}

/** The link differs from the address that was asked for: a client may take one that repeats for an endless loop. */
function emptyPage(page: Resource, request: FastifyRequest): Resource {
  const next = new URL(request.url, graphOrigin(request));
  next.searchParams.set('page', randomUUID());
  return { '@odata.context': page['@odata.context'], '@odata.nextLink': next.href, value: [] };
}
