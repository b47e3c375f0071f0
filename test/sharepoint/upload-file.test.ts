import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

import {
  AccessDenied,
  FolderNotFound,
  SharePointFailed,
  UploadMismatch,
} from '../../src/sharepoint/errors.ts';
import type { FolderRef, SharePointGateway } from '../../src/sharepoint/gateway.ts';
import { SimulatedSharePoint } from './simulated-sharepoint.ts';

const small = Buffer.from('a,b\n1,2\n');
const pieceSize = 16 * 327_680;
/** Two pieces and a bit. */
const large = Buffer.alloc(2 * pieceSize + 1000, 'charlie');

let sharepoint: SimulatedSharePoint;
let gateway: SharePointGateway;
let folder: FolderRef;

beforeAll(async () => {
  sharepoint = await SimulatedSharePoint.start();
  gateway = sharepoint.gateway();
  folder = await gateway.resolveFolder();
});

beforeEach(() => {
  sharepoint.simulator.faults.clear();
});

afterAll(async () => {
  await sharepoint[Symbol.asyncDispose]();
});

test('folders are made as far as they are missing, by two at once as by one', async () => {
  const path = '/Documents/Published/100% #1 & ü/Hourly';
  const [one, two] = await Promise.all([gateway.makeFolder(path), gateway.makeFolder(path)]);

  expect(one).toEqual(two);
  expect(await gateway.makeFolder(`${path}/`)).toEqual(one);
});

test('a file in the place of a folder is named', async () => {
  sharepoint.simulator.library.put('in the way', 'x');
  const error = await sharepoint.failure(gateway.makeFolder('/Documents/Reports/in the way/Hourly'));

  expect(error).toBeInstanceOf(FolderNotFound);
  expect(error.message).toContain('is a file');
});

test('a small file goes in one request, says what is to become of one in its place, and replaces it', async () => {
  const name = "Q3 100% #1 'a'+b & ü.csv";
  const first = await gateway.upload({ folder, name, bytes: small, conflict: 'replace' });
  const before = sharepoint.simulator.requests.length;
  const again = await gateway.upload({ folder, name, bytes: Buffer.from('other'), conflict: 'replace' });

  const [request, ...rest] = sharepoint.simulator.requests.slice(before);
  expect(rest).toEqual([]);
  expect(request).toMatchObject({ method: 'PUT', authorized: true });
  expect(request?.url).toContain('@microsoft.graph.conflictBehavior=replace');
  expect(again.itemId).toBe(first.itemId);
  expect(sharepoint.simulator.library.read(name).toString()).toBe('other');
  const error = await sharepoint.failure(gateway.upload({ folder, name, bytes: small, conflict: 'fail' }));
  expect(error).toMatchObject({ status: 409, code: 'nameAlreadyExists' });
});

test('a part of a larger buffer is sent, and not the whole of it', async () => {
  const bytes = new Uint8Array(small.buffer, small.byteOffset + 4, 3);
  await gateway.upload({ folder, name: 'part.csv', bytes, conflict: 'replace' });

  expect(sharepoint.simulator.library.read('part.csv').toString()).toBe('1,2');
});

test('a large file goes in pieces to a host that sees no token, and shows once', async () => {
  const before = sharepoint.simulator.requests.length;
  await gateway.upload({ folder, name: 'large.bin', bytes: large, conflict: 'replace' });

  const requests = sharepoint.simulator.requests.slice(before);
  const pieces = requests.filter(({ url }) => url.includes('uploadSession?'));
  expect(pieces.map(({ method, status, authorized }) => [method, status, authorized])).toEqual([
    ['PUT', 202, false],
    ['PUT', 202, false],
    ['PUT', 201, false],
  ]);
  expect(requests).toHaveLength(4);
  expect(sharepoint.simulator.library.read('large.bin').equals(large)).toBe(true);
});

test.each([
  ['the connection is cut', { drop: true }],
  ['the service fails', { status: 500 }],
  ['the answer is cut off', { truncate: 5 }],
] as const)('a piece is sent again from where the service stands when %s', async (_, fault) => {
  const name = `again ${Object.keys(fault)[0]}.bin`;
  // The second piece, so that there is something to go on from.
  sharepoint.simulator.faults.failNext({ match: /^PUT .*uploadSession\?/, times: 2, ...fault });
  const before = sharepoint.simulator.requests.length;
  await gateway.upload({ folder, name, bytes: large, conflict: 'replace' });

  expect(sharepoint.simulator.library.read(name).equals(large)).toBe(true);
  const requests = sharepoint.simulator.requests.slice(before);
  expect(
    requests.filter(({ method, url }) => method === 'GET' && url.includes('uploadSession?')),
  ).not.toEqual([]);
});

test('a file whose last answer was lost counts as uploaded', async () => {
  const bytes = Buffer.alloc(pieceSize, 'once');
  sharepoint.simulator.faults.failNext({ match: /^PUT .*uploadSession\?/, truncate: 5 });
  const { itemId } = await gateway.upload({ folder, name: 'lost answer.bin', bytes, conflict: 'replace' });

  const file = sharepoint.simulator.library.list().find(({ path }) => path === 'lost answer.bin');
  expect(file).toMatchObject({ id: itemId, eTag: expect.stringContaining(',1"') as string });
});

test('an upload that goes on failing is given up: nothing shows, and the session is ended', async () => {
  sharepoint.simulator.faults.failNext({ match: /^PUT .*uploadSession\?/, times: 20, status: 503 });
  const before = sharepoint.simulator.requests.length;
  const error = await sharepoint.failure(
    gateway.upload({ folder, name: 'never.bin', bytes: large, conflict: 'replace' }),
  );

  expect(error).toBeInstanceOf(SharePointFailed);
  expect(error).toMatchObject({ status: 503, retryable: true });
  const requests = sharepoint.simulator.requests.slice(before);
  expect(requests.at(-1)).toMatchObject({ method: 'DELETE', status: 204 });
  expect(sharepoint.simulator.library.list().map(({ path }) => path)).not.toContain('never.bin');
});

test('what was stored is compared with what was sent, but for documents that SharePoint writes into', async () => {
  const stored = {
    id: 'x',
    name: 'x',
    webUrl: 'https://contoso.sharepoint.com/x',
    size: 9,
    file: { hashes: { quickXorHash: 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=' } },
  };
  sharepoint.simulator.faults.failNext({ match: /^PUT .*content/, times: 2, status: 200, body: stored });

  const upload = { folder, bytes: small, conflict: 'replace' } as const;
  const error = await sharepoint.failure(gateway.upload({ ...upload, name: 'altered.csv' }));
  expect(error).toBeInstanceOf(UploadMismatch);
  expect(error).toMatchObject({ file: 'altered.csv', stored: stored.file.hashes.quickXorHash });
  await expect(gateway.upload({ ...upload, name: 'altered.xlsx' })).resolves.toMatchObject({
    isAltered: true,
  });
});

test('who may not write is told which right is missing', async () => {
  sharepoint.simulator.faults.failNext({ match: /^PUT .*content/, status: 403 });
  const error = await sharepoint.failure(
    gateway.upload({ folder, name: 'denied.csv', bytes: small, conflict: 'replace' }),
  );

  expect(error).toBeInstanceOf(AccessDenied);
  expect(error.message).toContain('the role "write"');
});

test('an upload ends at once when it is aborted, and leaves nothing', async () => {
  const reason = new Error('stop');
  const stopping = new AbortController();
  sharepoint.simulator.faults.failNext({ match: /^PUT .*uploadSession\?/, stall: 1 });
  const uploading = gateway.upload(
    { folder, name: 'aborted.bin', bytes: large, conflict: 'replace' },
    stopping.signal,
  );
  await expect.poll(() => sharepoint.simulator.requests.at(-1)).toMatchObject({ method: 'PUT', status: 202 });
  stopping.abort(reason);

  await expect(uploading).rejects.toBe(reason);
  expect(sharepoint.simulator.library.list().map(({ path }) => path)).not.toContain('aborted.bin');
});
