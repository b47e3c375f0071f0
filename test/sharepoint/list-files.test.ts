import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import {
  AccessDenied,
  FolderNotFound,
  SharePointFailed,
  SharePointUnreachable,
  Throttled,
} from '../../src/sharepoint/errors.ts';
import type { FolderRef, SharePointGateway } from '../../src/sharepoint/gateway.ts';
import { filesOf, SimulatedSharePoint } from './simulated-sharepoint.ts';

const oddNames = [
  '50% off.csv',
  "o'clock #3.csv",
  'a+b & c.csv',
  'Müller größe.csv',
  'e\u0301 decomposed.csv',
  '%23.csv',
];

let sharepoint: SimulatedSharePoint;
let gateway: SharePointGateway;
let folder: FolderRef;

beforeAll(async () => {
  sharepoint = await SimulatedSharePoint.start();
  const { library } = sharepoint.simulator;
  for (let index = 0; index < 1100; index++) library.put(`2026/Q1 & Q2/${index}.csv`, `n\n${index}\n`);
  for (const name of oddNames) library.put(name, `name\n${name}\n`);
  for (const name of oddNames) library.put(`sub #1/deep 100%/${name}`, 'x\n');
  gateway = sharepoint.gateway();
  folder = await gateway.resolveFolder();
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

async function listAll(
  options: { recursive: boolean; signal?: AbortSignal } = { recursive: false },
): Promise<string[]> {
  const files = await filesOf(gateway.listFiles(folder, options));
  return files.map(({ path }) => path);
}

/** What was asked of Graph while `work` ran. */
async function requestsOf(work: () => Promise<unknown>): Promise<readonly { url: string; status: number }[]> {
  const before = sharepoint.simulator.requests.length;
  await work();
  return sharepoint.simulator.requests.slice(before);
}

describe('listFiles', () => {
  it('gives every file of every page of every folder, once', async () => {
    const expected = sharepoint.simulator.library.list().map(({ path }) => path);
    const listed = await listAll({ recursive: true });
    expect(listed).toHaveLength(1100 + 2 * oddNames.length);
    expect(listed.toSorted()).toEqual(expected.toSorted());
  });

  it('gives only the files of the folder itself when it is not recursive', async () => {
    expect((await listAll()).toSorted()).toEqual(oddNames.toSorted());
  });

  it('tells what identifies a file and its version', async () => {
    const [stored] = sharepoint.simulator.library.list().filter(({ path }) => path === '50% off.csv');
    const files = await filesOf(gateway.listFiles(folder, { recursive: false }));
    const file = files.find(({ name }) => name === '50% off.csv');
    expect(file).toEqual({
      itemId: stored!.id,
      driveId: folder.driveId,
      parentId: folder.itemId,
      name: '50% off.csv',
      path: '50% off.csv',
      size: stored!.size,
      eTag: stored!.eTag,
      quickXorHash: stored!.quickXorHash,
      modifiedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/) as unknown,
      malware: false,
    });
  });

  it('gives nothing for an empty folder, and says when the folder is gone', async () => {
    sharepoint.simulator.library.put('going/away.csv', 'x');
    const gone = await sharepoint.gateway({ folder: '/Documents/Reports/going' }).resolveFolder();
    sharepoint.simulator.library.remove('going/away.csv');
    expect(await filesOf(gateway.listFiles(gone, { recursive: true }))).toEqual([]);
    sharepoint.simulator.library.remove('going');
    const error = await sharepoint.failure(filesOf(gateway.listFiles(gone, { recursive: true })));
    expect(error).toBeInstanceOf(FolderNotFound);
  });

  it('identifies us to Microsoft and asks only for what is used', async () => {
    const requests = await requestsOf(() => listAll());
    expect(requests).toHaveLength(1);
    expect(requests[0]!.url).toContain('$top=1000');
    expect(requests[0]!.url).toContain('$select=');
    expect(requests[0]!.url).not.toContain('downloadUrl');
  });
});

describe('a request that fails', () => {
  it.each([429, 503, 504])('with %i and a short Retry-After is sent again, once', async (status) => {
    sharepoint.simulator.faults.failNext({ match: /\/children/, status, retryAfterSeconds: 0 });
    const requests = await requestsOf(() => listAll());
    expect(requests.map((request) => request.status)).toEqual([status, 200]);
  });

  it('twice is given up', async () => {
    sharepoint.simulator.faults.failNext({
      match: /\/children/,
      status: 503,
      retryAfterSeconds: 0,
      times: 2,
    });
    const error = await sharepoint.failure(listAll());
    expect(error).toBeInstanceOf(Throttled);
    expect(error).toMatchObject({ status: 503, retryable: true });
  });

  it('with a longer Retry-After is left to the caller at once, with the time to wait', async () => {
    sharepoint.simulator.faults.failNext({ match: /\/children/, status: 429, retryAfterSeconds: 120 });
    const requests = await requestsOf(async () => {
      const error = await sharepoint.failure(listAll());
      expect(error).toBeInstanceOf(Throttled);
      expect(error).toMatchObject({ status: 429, retryAfterSeconds: 120, retryable: true });
      expect(error).toHaveProperty('requestId', expect.any(String));
    });
    expect(requests).toHaveLength(1);
  });

  it('with 429 and no Retry-After still tells how long to wait', async () => {
    sharepoint.simulator.faults.failNext({ match: /\/children/, status: 429 });
    const error = await sharepoint.failure(listAll());
    expect(error).toMatchObject({ name: 'Throttled', retryAfterSeconds: 30 });
  });

  it('stops waiting for its second try when it is aborted', async () => {
    sharepoint.simulator.faults.failNext({ match: /\/children/, status: 429, retryAfterSeconds: 5 });
    const abort = new AbortController();
    const before = sharepoint.simulator.requests.length;
    const listing = listAll({ recursive: false, signal: abort.signal });
    await expect.poll(() => sharepoint.simulator.requests[before]?.status).toBe(429);
    const reason = new Error('stop');
    abort.abort(reason);
    await expect(listing).rejects.toBe(reason);
  });

  it('with 500 is left to the caller at once', async () => {
    sharepoint.simulator.faults.failNext({ match: /\/children/, status: 500 });
    const requests = await requestsOf(async () => {
      const error = await sharepoint.failure(listAll());
      expect(error).toBeInstanceOf(SharePointFailed);
      expect(error).toMatchObject({ status: 500, code: 'generalException', retryable: true });
      expect(error).toHaveProperty('requestId', expect.any(String));
    });
    expect(requests).toHaveLength(1);
  });

  it('with 400 is not worth repeating', async () => {
    sharepoint.simulator.faults.failNext({ match: /\/children/, status: 400 });
    const error = await sharepoint.failure(listAll());
    expect(error).toBeInstanceOf(SharePointFailed);
    expect(error).toMatchObject({ status: 400, retryable: false });
  });

  it('with a page of HTML is described without it', async () => {
    sharepoint.simulator.faults.failNext({
      match: /\/children/,
      status: 502,
      body: '<html>Bad gateway</html>',
    });
    const error = await sharepoint.failure(listAll());
    expect(error).toMatchObject({ name: 'SharePointFailed', status: 502, code: null });
    expect(error.message).toContain('text/html');
    expect(error.message).not.toContain('<html>');
  });

  it('with an answer of another shape than promised says so', async () => {
    sharepoint.simulator.faults.failNext({ match: /\/children/, status: 200, body: '<html>Sign in</html>' });
    const error = await sharepoint.failure(listAll());
    expect(error).toMatchObject({ name: 'SharePointFailed', status: 200, code: 'unexpectedBody' });
  });

  it.each([
    ['reset', { drop: true as const }],
    ['cut off in the answer', { truncate: 40 }],
  ])('because the connection is %s is an unreachable SharePoint', async (_, fault) => {
    sharepoint.simulator.faults.failNext({ match: /\/children/, ...fault });
    const error = await sharepoint.failure(listAll());
    expect(error).toBeInstanceOf(SharePointUnreachable);
    expect(error).toMatchObject({ retryable: true, url: new URL(sharepoint.connection.graphUrl).origin });
  });

  it('with 401 once is sent again with a fresh token', async () => {
    sharepoint.simulator.faults.failNext({ match: /\/children/, status: 401 });
    const requests = await requestsOf(() => listAll());
    expect(requests.filter(({ url }) => url.includes('/children')).map(({ status }) => status)).toEqual([
      401, 200,
    ]);
    expect(requests.filter(({ url }) => url.includes('/token'))).toHaveLength(1);
  });

  it('with 401 again, after a fresh token, is denied', async () => {
    sharepoint.simulator.faults.failNext({ match: /\/children/, status: 401, times: 2 });
    const error = await sharepoint.failure(listAll());
    expect(error).toBeInstanceOf(AccessDenied);
    expect(error).toMatchObject({ status: 401 });
  });

  it('never follows a page link to another host', async () => {
    const body = { value: [], '@odata.nextLink': 'https://127.0.0.1:9/v1.0/steal' };
    sharepoint.simulator.faults.failNext({ match: /\/children/, status: 200, body });
    const error = await sharepoint.failure(listAll());
    expect(error).toMatchObject({ name: 'SharePointFailed', code: 'foreignLink' });
  });
});
