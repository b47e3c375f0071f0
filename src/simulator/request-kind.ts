import { parseGraphPath } from './graph-path.ts';

/** What a request to Microsoft's side is about; null for the control plane and for what nobody serves. */
export type RequestKind = (typeof requestKinds)[number];

export const requestKinds = [
  'signIn',
  'site',
  'drive',
  'item',
  'children',
  'delta',
  'deltaWithToken',
  'content',
  'download',
  'upload',
  'monitor',
  'write',
  'versions',
  'permissions',
  'batch',
  'other',
] as const;

/** Of Graph calls, in Microsoft's resource units; the rest costs none. A batch costs what its members do. */
const units: Readonly<Record<RequestKind, number>> = {
  signIn: 0,
  site: 1,
  drive: 1,
  item: 1,
  children: 2,
  delta: 2,
  deltaWithToken: 1,
  content: 1,
  download: 0,
  upload: 2,
  monitor: 0,
  write: 2,
  versions: 2,
  permissions: 5,
  batch: 0,
  other: 1,
};

export function resourceUnits(method: string, url: string): number {
  const kind = requestKind(method, url);
  return kind === null ? 0 : units[kind];
}

export function requestKind(method: string, url: string): RequestKind | null {
  const [path = '', query = ''] = url.split('?');
  if (/^\/(sim(\/|$)|$)/.test(path)) return null;
  if (/\/oauth2\/|\/\.well-known\/|\/discovery\//.test(path)) return 'signIn';
  if (path.endsWith('/download.aspx')) return 'download';
  if (/\/uploadSession$/i.test(path)) return 'upload';
  if (path.includes('/_api/v2.0/monitor/')) return 'monitor';
  const graph = /^\/(?:v1\.0|_api\/v2\.0)(\/.*)$/.exec(path)?.[1];
  return graph === undefined ? null : graphKind(method, graph, query);
}

function graphKind(method: string, path: string, query: string): RequestKind {
  if (path === '/$batch') return 'batch';
  const address = parseGraphPath(decoded(path));
  if (address === null) return 'other';
  const { site, drive, item, action } = address;
  const [name = ''] = action.split(/[/(]/);
  if (name === 'permissions') return 'permissions';
  if (item === null) return drive === null && site !== null && name === '' ? 'site' : 'drive';
  if (name === 'versions') return 'versions';
  if (name === 'content' && method === 'GET') return 'content';
  if (name === 'content' || name === 'createUploadSession') return 'upload';
  return method === 'GET' ? readKind(name, action, query) : 'write';
}

function readKind(name: string, action: string, query: string): RequestKind {
  if (name === 'children') return 'children';
  if (name !== 'delta' && name !== 'microsoft.graph.delta') return 'item';
  const hasToken = /(^|&)(\$|%24)?token=/.test(query) || action.includes("token='");
  return hasToken ? 'deltaWithToken' : 'delta';
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
