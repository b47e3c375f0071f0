import { invalidRequest } from './graph-error.ts';

/** What a client says of the file's own time; null: nothing. */
export function clientModifiedAt(facets: Readonly<Record<string, unknown>>): string | null {
  const { lastModifiedDateTime } = (facets['fileSystemInfo'] ?? {}) as Record<string, unknown>;
  if (lastModifiedDateTime === undefined) return null;
  if (typeof lastModifiedDateTime === 'string' && !Number.isNaN(Date.parse(lastModifiedDateTime)))
    return new Date(lastModifiedDateTime).toISOString().replace(/\.\d+Z$/, 'Z');
  throw invalidRequest('fileSystemInfo has no valid time.');
}
