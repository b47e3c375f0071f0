import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import {
  AccessDenied,
  FileGone,
  SharePointFailed,
  SharePointUnreachable,
  Throttled,
} from '../../src/sharepoint/errors.ts';
import type { RemoteFile, SharePointGateway } from '../../src/sharepoint/gateway.ts';
import { SimulatedSharePoint } from './simulated-sharepoint.ts';

const content = randomBytes(3_000_017);
const contentHost = /download\.aspx/;

let sharepoint: SimulatedSharePoint;
let gateway: SharePointGateway;
let target: string;

beforeAll(async () => {
  sharepoint = await SimulatedSharePoint.start();
  gateway = sharepoint.gateway();
  target = join(sharepoint.folder, 'target.part');
});

afterAll(async () => {
  await sharepoint[Symbol.asyncDispose]();
});

afterEach(async () => {
  sharepoint.simulator.faults.clear();
  // One that was asked for a pause keeps it.
  gateway = sharepoint.gateway();
  await gateway.resolveFolder();
});

async function put(name: string, bytes: Uint8Array | string = content): Promise<RemoteFile> {
  sharepoint.simulator.library.put(name, bytes);
  const files = await sharepoint.list(gateway);
  return files.find((file) => file.path === name)!;
}

async function nothingIsLeft(): Promise<void> {
  expect(await readdir(sharepoint.folder)).not.toContain('target.part');
}

describe('download', () => {
  it('writes every byte and tells their hashes and how far it is', async () => {
    const file = await put('big.csv');
    const progress: number[] = [];
    const done = await gateway.download(file, target, { onProgress: (bytes) => progress.push(bytes) });
    expect((await readFile(target)).equals(content)).toBe(true);
    expect(done).toEqual({
      bytes: content.length,
      sha256: createHash('sha256').update(content).digest('hex'),
      quickXorHash: file.quickXorHash,
      eTag: file.eTag,
    });
    expect(progress).toEqual(progress.toSorted((left, right) => left - right));
    expect(progress.at(-1)).toBe(content.length);
  });

  it.each(["o'clock #3 50% +& ü.csv", 'sub #1/a%20b.csv'])('gets the file named %s', async (name) => {
    const file = await put(name, `this is ${name}`);
    await gateway.download(file, target);
    expect(await readFile(target, 'utf8')).toBe(`this is ${name}`);
  });

  it('gets an empty file', async () => {
    const file = await put('empty.csv', '');
    expect(await gateway.download(file, target)).toMatchObject({ bytes: 0 });
    expect((await readFile(target)).length).toBe(0);
  });

  it('never shows the token to the host of the contents', async () => {
    const file = await put('small.csv', 'x\n');
    const before = sharepoint.simulator.requests.length;
    await gateway.download(file, target);
    const [toGraph, toContent, ...more] = sharepoint.simulator.requests.slice(before);
    expect(toGraph).toMatchObject({ authorized: true, status: 302 });
    expect(toContent).toMatchObject({ authorized: false, status: 200 });
    expect(toContent!.url).toMatch(contentHost);
    expect(more).toEqual([]);
  });

  it('gets a file that SharePoint has no hash of', async () => {
    const file = await put('small.csv', 'x\n');
    expect(await gateway.download({ ...file, quickXorHash: null }, target)).toMatchObject({ bytes: 2 });
  });
});

describe('download refuses', () => {
  it.each([1, 500_000])('content that ends after %i bytes, and leaves nothing', async (truncate) => {
    const file = await put('big.csv');
    sharepoint.simulator.faults.failNext({ match: contentHost, truncate, times: 6 });
    const error = await sharepoint.failure(gateway.download(file, target));
    expect(error).toBeInstanceOf(SharePointUnreachable);
    expect(error).toMatchObject({ retryable: true });
    await nothingIsLeft();
  });

  it('content that ends early when there is no hash to tell', async () => {
    const file = { ...(await put('big.csv')), quickXorHash: null };
    sharepoint.simulator.faults.failNext({ match: contentHost, truncate: 500_000, times: 6 });
    const error = await sharepoint.failure(gateway.download(file, target));
    expect(error).toBeInstanceOf(SharePointUnreachable);
    await nothingIsLeft();
  });

  it('a file that is gone', async () => {
    const file = await put('gone.csv');
    sharepoint.simulator.library.remove('gone.csv');
    const error = await sharepoint.failure(gateway.download(file, target));
    expect(error).toBeInstanceOf(FileGone);
    expect(error).toMatchObject({ file: 'gone.csv', itemId: file.itemId, retryable: false });
    expect(error).toHaveProperty('requestId', expect.any(String));
    await nothingIsLeft();
  });

  it('a second address that has expired, so that the next attempt gets a new one', async () => {
    const file = await put('late.csv');
    sharepoint.simulator.faults.failNext({ match: contentHost, status: 401, times: 2 });
    const error = await sharepoint.failure(gateway.download(file, target));
    expect(error).toBeInstanceOf(SharePointFailed);
    expect(error).toMatchObject({ status: 401, retryable: true });
  });

  it('what it may not read', async () => {
    const file = await put('denied.csv');
    sharepoint.simulator.faults.failNext({ match: /\/content/, status: 403 });
    expect(await sharepoint.failure(gateway.download(file, target))).toBeInstanceOf(AccessDenied);
  });

  it('to wait for long when it is throttled', async () => {
    const file = await put('throttled.csv');
    sharepoint.simulator.faults.failNext({ match: contentHost, status: 429, retryAfterSeconds: 60 });
    const error = await sharepoint.failure(gateway.download(file, target));
    expect(error).toBeInstanceOf(Throttled);
    expect(error).toMatchObject({ retryAfterSeconds: 60 });
  });
});

describe('download repeats', () => {
  it.each([
    ['Graph', /\/content/],
    ['the host of the contents', contentHost],
  ])('a request that %s answers with 503 and a short Retry-After', async (_, match) => {
    const file = await put('small.csv', 'x\n');
    sharepoint.simulator.faults.failNext({ match, status: 503, retryAfterSeconds: 0 });
    await gateway.download(file, target);
    expect(await readFile(target, 'utf8')).toBe('x\n');
  });

  it('a request whose token was refused, with a fresh one', async () => {
    const file = await put('small.csv', 'x\n');
    sharepoint.simulator.faults.failNext({ match: /\/content/, status: 401 });
    await gateway.download(file, target);
    expect(await readFile(target, 'utf8')).toBe('x\n');
  });
});

describe('an aborted download', () => {
  it('ends in the middle of the content with the reason, and leaves nothing', async () => {
    const file = await put('big.csv');
    const abort = new AbortController();
    const reason = new Error('stop');
    let received = 0;
    const download = gateway.download(file, target, {
      signal: abort.signal,
      onProgress: (bytes) => {
        received = bytes;
        abort.abort(reason);
      },
    });
    await expect(download).rejects.toBe(reason);
    expect(received).toBeLessThan(content.length);
    await nothingIsLeft();
  });

  it('does not begin when it was aborted before', async () => {
    const file = await put('small.csv', 'x\n');
    const before = sharepoint.simulator.requests.length;
    const reason = new Error('stop');
    await expect(gateway.download(file, target, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(sharepoint.simulator.requests).toHaveLength(before);
  });

  it('is ended by closing the gateway', async () => {
    const file = await put('big.csv');
    const other = sharepoint.gateway();
    const download = other.download(file, target, {
      onProgress: () => {
        void other.close();
      },
    });
    expect(await sharepoint.failure(download)).toBeInstanceOf(SharePointUnreachable);
  });
});

it('keeps the error of a disk that cannot be written', async () => {
  const file = await put('small.csv', 'x\n');
  const nowhere = join(sharepoint.folder, 'no', 'folder', 'x.part');
  await expect(gateway.download(file, nowhere)).rejects.toMatchObject({ code: 'ENOENT', path: nowhere });
});
