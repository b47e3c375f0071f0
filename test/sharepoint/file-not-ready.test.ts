import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { ContentMismatch } from '../../src/sharepoint/errors.ts';
import type { RemoteFile, SharePointGateway } from '../../src/sharepoint/gateway.ts';
import { QuickXorHash } from '../../src/sharepoint/quick-xor-hash.ts';
import { ScriptedContent, whole } from './scripted-content.ts';
import { filesOf, SimulatedSharePoint } from './simulated-sharepoint.ts';

const contentHost = /download\.aspx/;

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
});

async function put(name: string, bytes = 'x\n'): Promise<RemoteFile> {
  sharepoint.simulator.library.put(name, bytes);
  const files = await sharepoint.list(gateway);
  return files.find((file) => file.path === name)!;
}

async function reasonOf(download: Promise<unknown>): Promise<string | null> {
  const error = await sharepoint.failure(download);
  expect(await readdir(sharepoint.folder)).toEqual([]);
  return error.pendingReason;
}

describe('a file that was changed since it was listed', () => {
  it('is not taken, by its hash', async () => {
    const file = await put('changed.csv', 'first');
    sharepoint.simulator.library.put('changed.csv', 'other');
    expect(await reasonOf(gateway.download(file, target))).toBe('changed');
  });

  it('is not taken, by its eTag when it has no hash', async () => {
    const file = await put('changed without hash.csv', 'first');
    sharepoint.simulator.library.put('changed without hash.csv', 'other');
    const listed = { ...file, quickXorHash: null };
    expect(await reasonOf(gateway.download(listed, target))).toBe('changed');
  });

  it('is not taken when nothing but its last byte came after the change', async () => {
    const file = await put('late.csv', 'a'.repeat(300_000));
    sharepoint.simulator.faults.failNext({ match: contentHost, truncate: 299_999 });
    sharepoint.simulator.faults.failNext({ match: contentHost, drop: true });
    let hasChanged = false;
    const download = gateway.download(file, target, {
      onProgress: (bytes) => {
        if (bytes < 299_999 || hasChanged) return;
        hasChanged = true;
        sharepoint.simulator.library.put('late.csv', 'b');
      },
    });
    expect(await reasonOf(download)).toBe('changed');
  });

  it('is taken when the change was of its metadata alone', async () => {
    const hash = new QuickXorHash().update(Buffer.from('x\n')).digest();
    host.script(whole('x\n', { etag: '"2"' }));
    host.item = { eTag: '"2"', file: { hashes: { quickXorHash: hash } } };
    await host.gateway.download(host.file(hash), target);
    expect(await readFile(target, 'utf8')).toBe('x\n');
  });
});

describe('the question whether a file was changed', () => {
  it.each<[string, number, string[]]>([
    ['is spared when a small one came with the listed eTag and hash', 10, ['302', '200']],
    ['is asked of one that took its time, with the listed eTag', 2_000_000, ['302', '200', '304']],
  ])('%s', async (_, bytes, statuses) => {
    const file = await put('same.csv', 'x'.repeat(bytes));
    const before = sharepoint.simulator.requests.length;
    await gateway.download(file, target);
    const requests = sharepoint.simulator.requests.slice(before);
    expect(requests.map(({ status }) => String(status))).toEqual(statuses);
  });

  it('is asked of one without a hash', async () => {
    const file = await put('without hash.csv');
    const before = sharepoint.simulator.requests.length;
    await gateway.download({ ...file, quickXorHash: null }, target);
    expect(sharepoint.simulator.requests.slice(before)).toHaveLength(3);
  });

  it('tells damage from a change: bytes of the listed version with another hash are a failure', async () => {
    host.script(whole('damaged'));
    const download = host.gateway.download(host.file('YWCBGBQQAxbIQAEACAAAAAAAAAA='), target);
    expect(await sharepoint.failure(download)).toBeInstanceOf(ContentMismatch);
  });
});

describe('malware', () => {
  it('is told by the listing', async () => {
    await put('small.csv');
    const malware = { id: 'id', name: 'bad.csv', size: 1, eTag: '"1"', file: {}, malware: {} };
    sharepoint.simulator.faults.failNext({ match: /\/children/, status: 200, body: { value: [malware] } });
    const folder = await gateway.resolveFolder();
    const files = await filesOf(gateway.listFiles(folder, { recursive: false }));
    expect(files).toEqual([expect.objectContaining({ name: 'bad.csv', malware: true })]);
  });

  it('is told by the code of the host of the contents, and no other address is asked for', async () => {
    const file = await put('bad.csv');
    const body = { error: { code: 'malwareDetected', message: 'Malware detected' } };
    sharepoint.simulator.faults.failNext({ match: contentHost, status: 403, body, times: 2 });
    const before = sharepoint.simulator.requests.length;
    expect(await reasonOf(gateway.download(file, target))).toBe('malware');
    expect(sharepoint.simulator.requests.slice(before)).toHaveLength(2);
  });

  it('is told by a header beside a page of HTML', async () => {
    host.script((response) => {
      const headers = { 'content-type': 'text/html', 'x-virus-infected': 'EICAR' };
      response.writeHead(403, headers).end('<html>Virus</html>');
    });
    expect(await reasonOf(host.gateway.download(host.file(null), target))).toBe('malware');
  });
});

it.each([
  ['gone', 'Graph', /\/content/, 404],
  ['gone', 'the host of the contents', contentHost, 404],
  ['locked', 'Graph', /\/content/, 423],
  ['locked', 'the host of the contents', contentHost, 423],
] as const)('is %s when %s says so', async (reason, _, match, status) => {
  const file = await put('away.csv');
  sharepoint.simulator.faults.failNext({ match, status, times: 2 });
  expect(await reasonOf(gateway.download(file, target))).toBe(reason);
});
