import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';

import { SharePointFailed, SharePointUnreachable, Throttled } from '../../src/sharepoint/errors.ts';
import type { RemoteFile, SharePointGateway } from '../../src/sharepoint/gateway.ts';
import { QuickXorHash } from '../../src/sharepoint/quick-xor-hash.ts';
import { type Answer, cut, part, ScriptedContent, whole } from './scripted-content.ts';
import { SimulatedSharePoint } from './simulated-sharepoint.ts';

const content = randomBytes(3_000_017);
const contentHost = /download\.aspx/;
const text = 'id,name\n1,north\n2,south\n';

let sharepoint: SimulatedSharePoint;
let gateway: SharePointGateway;
let target: string;
let host: ScriptedContent;

beforeAll(async () => {
  sharepoint = await SimulatedSharePoint.start();
  gateway = sharepoint.gateway();
  target = join(sharepoint.folder, 'target.part');
  host = await ScriptedContent.start(sharepoint);
});

afterAll(async () => {
  await host[Symbol.asyncDispose]();
  await sharepoint[Symbol.asyncDispose]();
});

afterEach(() => {
  sharepoint.simulator.faults.clear();
  // One that was asked for a pause keeps to it.
  gateway = sharepoint.gateway();
});

async function put(name: string, bytes: Uint8Array | string = content): Promise<RemoteFile> {
  sharepoint.simulator.library.put(name, bytes);
  const files = await sharepoint.list(gateway);
  return files.find((file) => file.path === name)!;
}

/** What was asked of the simulator from here on, in two words each. */
function asking(): () => string[] {
  const before = sharepoint.simulator.requests.length;
  return () =>
    sharepoint.simulator.requests
      .slice(before)
      .map(({ url, status }) => `${url.includes('download.aspx') ? 'host' : 'graph'} ${status}`);
}

function hashOf(bytes: string): string {
  return new QuickXorHash().update(Buffer.from(bytes)).digest();
}

it('goes on where the connection was cut, once and again, without asking Graph for another address', async () => {
  const file = await put('big.csv');
  sharepoint.simulator.faults.failNext({ match: contentHost, truncate: 1_000_000 });
  sharepoint.simulator.faults.failNext({ match: contentHost, truncate: 500_000 });
  const asked = asking();

  const done = await gateway.download(file, target);

  expect((await readFile(target)).equals(content)).toBe(true);
  expect(done).toMatchObject({
    bytes: content.length,
    sha256: createHash('sha256').update(content).digest('hex'),
    quickXorHash: file.quickXorHash,
  });
  // The last one asks whether the file was changed meanwhile.
  expect(asked()).toEqual(['graph 302', 'host 200', 'host 206', 'host 206', 'graph 304']);
});

it('asks Graph for another address when its own has expired, before the first byte and in the middle', async () => {
  const file = await put('big.csv');
  const { faults } = sharepoint.simulator;
  faults.failNext({ match: contentHost, status: 401 });
  faults.failNext({ match: contentHost, truncate: 1_000_000 });
  faults.failNext({ match: contentHost, status: 403 });
  const asked = asking();

  await gateway.download(file, target);

  expect((await readFile(target)).equals(content)).toBe(true);
  expect(asked()).toEqual([
    ...['graph 302', 'host 401', 'graph 302', 'host 200'],
    ...['host 403', 'graph 302', 'host 206', 'graph 304'],
  ]);
});

it('never joins bytes of two versions: a file that was changed before the rest came is fetched anew, and is not the one that was listed', async () => {
  const file = await put('changing.csv', 'a'.repeat(200_000));
  sharepoint.simulator.faults.failNext({ match: contentHost, truncate: 100_000 });
  let hasChanged = false;
  const asked = asking();

  const download = gateway.download({ ...file, quickXorHash: null }, target, {
    onProgress: () => {
      if (!hasChanged) sharepoint.simulator.library.put('changing.csv', 'b'.repeat(200_000));
      hasChanged = true;
    },
  });

  expect(await sharepoint.failure(download)).toMatchObject({ name: 'FileChanged', pendingReason: 'changed' });
  expect(asked()).toEqual(['graph 302', 'host 200', 'host 200', 'graph 200']);
  expect(await readdir(sharepoint.folder)).toEqual([]);
});

it('gives up after five cuts that brought nothing, and leaves nothing', async () => {
  const file = await put('big.csv');
  sharepoint.simulator.faults.failNext({ match: contentHost, truncate: 400_000, times: 10 });
  const asked = asking();

  expect(await sharepoint.failure(gateway.download(file, target))).toBeInstanceOf(SharePointUnreachable);

  expect(asked()).toEqual(['graph 302', 'host 200', ...Array<string>(5).fill('host 206')]);
  expect(await readdir(sharepoint.folder)).toEqual([]);
});

it('does not wait when it is throttled in the middle', async () => {
  const file = await put('big.csv');
  sharepoint.simulator.faults.failNext({ match: contentHost, truncate: 1_000_000 });
  sharepoint.simulator.faults.failNext({ match: contentHost, status: 429, retryAfterSeconds: 60 });

  expect(await sharepoint.failure(gateway.download(file, target))).toBeInstanceOf(Throttled);
});

it('waits for its turn while sixteen others are under way', async () => {
  const file = await put('small.csv', 'x\n');
  sharepoint.simulator.faults.failNext({ match: contentHost, stall: 1, times: 16 });
  const stop = new AbortController();
  const asked = asking();
  const downloads = Array.from({ length: 18 }, (_, index) =>
    gateway.download(file, `${target}${index}`, { signal: stop.signal }).catch((error: unknown) => error),
  );
  await vi.waitUntil(() => asked().filter((request) => request === 'host 200').length === 16, {
    timeout: 200_000,
  });

  expect(asked().filter((request) => request === 'graph 302')).toHaveLength(16);
  stop.abort(new Error('stop'));
  expect(await Promise.all(downloads)).toEqual(downloads.map(() => stop.signal.reason as Error));
  expect(asked().filter((request) => request === 'graph 302')).toHaveLength(16);
});

/** What came of it, and what the host of the contents was asked for. */
async function scripted(...answers: Answer[]) {
  host.script(...answers);
  let hasBegun = false;
  const onProgress = () => {
    if (!hasBegun) host.cutOff();
    hasBegun = true;
  };
  await host.gateway.download(host.file(hashOf(text)), target, { onProgress });
  expect(await readFile(target, 'utf8')).toBe(text);
  return host.seen.filter(({ path }) => path.startsWith('/download'));
}

it('asks for the rest of the version that it has begun, and for the file as it is', async () => {
  const [first, second] = await scripted(cut(text, 10), part(text, 10));

  expect(first).toMatchObject({ range: undefined, ifRange: undefined });
  expect(second).toMatchObject({ range: 'bytes=10-', ifRange: '"1"' });
});

it.each<[string, Answer[]]>([
  ['gives the whole', [whole(text)]],
  ['gives another part than was asked for', [part(text, 3), whole(text)]],
  ['gives a part of another version', [part(text, 10, { etag: '"2"' }), whole(text)]],
  ['gives a part of a longer file', [part(`${text}3,east\n`, 10), whole(text)]],
  [
    'has nothing there',
    [(response) => response.writeHead(416, { 'content-range': 'bytes */5' }).end(), whole(text)],
  ],
])('starts over when the host of the contents %s in answer to a range', async (_, answers) => {
  await scripted(cut(text, 10), ...answers);
});

it('takes a file for complete when nothing follows, although nobody had announced how long it is', async () => {
  const unannounced: Answer = (response) => {
    response.writeHead(200, { etag: '"1"' });
    response.write(text);
  };
  const nothing: Answer = (response) =>
    response.writeHead(416, { 'content-range': `bytes */${text.length}` }).end();
  expect(await scripted(unannounced, nothing)).toHaveLength(2);
});

it('goes on after a part that ends before the end', async () => {
  const asked = await scripted(cut(text, 10), part(text, 10, {}, 15), part(text, 15));
  expect(asked.map(({ range }) => range)).toEqual([undefined, 'bytes=10-', 'bytes=15-']);
});

it.each([
  ['no eTag', ''],
  ['a weak eTag', 'W/"1"'],
])('does not go on with what has %s: nothing would tell of which version the rest is', async (_, etag) => {
  host.script(cut(text, 10, { etag }), part(text, 10));
  const download = host.gateway.download(host.file(hashOf(text)), target, { onProgress: host.cutOff });
  expect(await sharepoint.failure(download)).toBeInstanceOf(SharePointUnreachable);
  expect(host.seen).toHaveLength(2);
});

it('follows redirects of the host of the contents, and shows the token to none of them', async () => {
  host.script(
    (response) => response.writeHead(302, { location: '/elsewhere' }).end(),
    (response) => response.writeHead(307, { location: host.address('/last') }).end(),
    whole(text),
  );
  await host.gateway.download(host.file(hashOf(text)), target);

  expect(await readFile(target, 'utf8')).toBe(text);
  expect(host.seen.map(({ path, authorized }) => [path.split('?')[0], authorized])).toEqual([
    ['/v1.0/drives/drive/items/item/content', true],
    ['/download', false],
    ['/elsewhere', false],
    ['/last', false],
  ]);
});

it.each([
  ['to an address without encryption', 'http://127.0.0.1:1/x?tempauth=1'],
  ['in a circle', '/download'],
])('follows no redirect %s', async (_, location) => {
  const redirect: Answer = (response) => response.writeHead(302, { location }).end();
  host.script(...Array<Answer>(9).fill(redirect));

  const download = host.gateway.download(host.file(hashOf(text)), target);

  expect(await sharepoint.failure(download)).toBeInstanceOf(SharePointFailed);
  expect(host.seen.length).toBeLessThan(8);
});
