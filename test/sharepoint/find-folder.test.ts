import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { Secret } from '../../src/settings/secret.ts';
import {
  AccessDenied,
  FolderNotFound,
  LibraryNotFound,
  SharePointFailed,
  SharePointUnreachable,
  SignInRefused,
  SiteNotFound,
  Throttled,
} from '../../src/sharepoint/errors.ts';
import type { SignIn } from '../../src/sharepoint/sign-in.ts';
import { SimulatedSharePoint, wrongSecret } from './simulated-sharepoint.ts';

let sharepoint: SimulatedSharePoint;

beforeAll(async () => {
  sharepoint = await SimulatedSharePoint.start();
  sharepoint.simulator.library.put('Ümläut & Söhne #1 50% +/a.csv', 'a\n1\n');
});

afterAll(async () => {
  await sharepoint[Symbol.asyncDispose]();
});

describe('resolveFolder finds', () => {
  it.each([
    '/Shared Documents/Reports',
    '/Documents/Reports',
    'shared documents/REPORTS/',
    '//Documents//Reports',
  ])('the folder written as %s', async (folder) => {
    const found = await sharepoint.gateway({ folder }).resolveFolder();
    expect(found.webUrl).toMatch(/\/sites\/ContactCentre\/Shared%20Documents\/Reports$/);
    expect(found.driveId).toMatch(/^b!/);
  });

  it('the library itself', async () => {
    const found = await sharepoint.gateway({ folder: '/Shared Documents' }).resolveFolder();
    expect(found.itemId).toMatch(/6Y2GOVW7725BZO354PWSELRRZ$/);
  });

  it('a folder whose name has characters that mean something in an address', async () => {
    const folder = '/Documents/Reports/Ümläut & Söhne #1 50% +';
    const gateway = sharepoint.gateway({ folder });
    expect((await sharepoint.list(gateway)).map(({ path }) => path)).toEqual(['a.csv']);
  });

  it('the site written with a slash at its end', async () => {
    const siteUrl = `${sharepoint.connection.siteUrl}/`;
    await expect(sharepoint.gateway({ siteUrl }).resolveFolder()).resolves.toBeDefined();
  });
});

describe('resolveFolder says', () => {
  it('that the secret is wrong, with the code of the authority and what to set', async () => {
    const gateway = sharepoint.gateway({ signIn: signIn({ clientSecret: wrongSecret }) });
    const error = await sharepoint.failure(gateway.resolveFolder());
    expect(error).toBeInstanceOf(SignInRefused);
    expect(error).toMatchObject({
      code: 'AADSTS7000215',
      retryable: false,
      tenantId: sharepoint.simulator.connection.tenantId,
      clientId: sharepoint.simulator.connection.clientId,
    });
    expect(error.message).toContain('Invalid client secret provided');
    expect(error.message).toContain('scheduler.client_secret');
    expect(JSON.stringify(error) + String(error.stack)).not.toContain(wrongSecret.reveal());
  });

  it.each([
    ['tenant', { tenantId: '00000000-0000-4000-8000-000000000000' }, 'AADSTS90002', 'scheduler.tenant_id'],
    [
      'application',
      { clientId: '00000000-0000-4000-8000-000000000000' },
      'AADSTS700016',
      'scheduler.client_id',
    ],
    ['tenant of a wrong form', { tenantId: 'no tenant' }, null, 'scheduler.tenant_id'],
  ])('that the %s is unknown', async (_, other, code, key) => {
    const error = await sharepoint.failure(sharepoint.gateway({ signIn: signIn(other) }).resolveFolder());
    expect(error).toBeInstanceOf(SignInRefused);
    expect(error).toMatchObject({ code });
    expect(error.message).toContain(key);
  });

  it('that there is no such site', async () => {
    const siteUrl = 'https://contoso.sharepoint.com/sites/Nowhere';
    const error = await sharepoint.failure(sharepoint.gateway({ siteUrl }).resolveFolder());
    expect(error).toBeInstanceOf(SiteNotFound);
    expect(error).toMatchObject({ siteUrl, retryable: false });
    expect(error).toHaveProperty('requestId', expect.any(String));
  });

  it('that there is no such library, and which there are', async () => {
    const error = await sharepoint.failure(sharepoint.gateway({ folder: '/Doks/Reports' }).resolveFolder());
    expect(error).toBeInstanceOf(LibraryNotFound);
    expect(error).toMatchObject({ library: 'Doks', candidates: ['Documents', 'Shared Documents'] });
    expect(error.message).toContain('"Shared Documents"');
  });

  it('that no library is named at all', async () => {
    const error = await sharepoint.failure(sharepoint.gateway({ folder: '/' }).resolveFolder());
    expect(error).toBeInstanceOf(LibraryNotFound);
  });

  it('that there is no such folder', async () => {
    const folder = '/Documents/Reports/missing';
    const error = await sharepoint.failure(sharepoint.gateway({ folder }).resolveFolder());
    expect(error).toBeInstanceOf(FolderNotFound);
    expect(error).toMatchObject({ folder, retryable: false });
  });

  it('that the folder is a file', async () => {
    const folder = '/Documents/Reports/Ümläut & Söhne #1 50% +/a.csv';
    const error = await sharepoint.failure(sharepoint.gateway({ folder }).resolveFolder());
    expect(error).toBeInstanceOf(FolderNotFound);
    expect(error.message).toContain('is a file');
  });

  it('that access is denied, and which permission to give', async () => {
    sharepoint.simulator.faults.failNext({ match: /\/drives\?/, status: 403 });
    const error = await sharepoint.failure(sharepoint.gateway().resolveFolder());
    expect(error).toBeInstanceOf(AccessDenied);
    expect(error).toMatchObject({ status: 403, code: 'accessDenied', retryable: false });
    expect(error.message).toContain('Sites.Selected');
  });
});

describe('without a server behind it, resolveFolder says', () => {
  it.each(['authorityUrl', 'graphUrl'] as const)('that nothing listens at %s', async (address) => {
    const url = `https://localhost:${await freePort()}`;
    const error = await sharepoint.failure(sharepoint.gateway({ [address]: url }).resolveFolder());
    expect(error).toBeInstanceOf(SharePointUnreachable);
    expect(error).toMatchObject({ url, code: 'ECONNREFUSED', retryable: true });
  });

  it.each(['authorityUrl', 'graphUrl'] as const)(
    'that the certificate of %s is not trusted',
    async (address) => {
      await using other = await SimulatedSharePoint.start();
      const url = other.connection[address];
      const error = await sharepoint.failure(sharepoint.gateway({ [address]: url }).resolveFolder());
      expect(error).toBeInstanceOf(SharePointUnreachable);
      expect(error).toMatchObject({ url: new URL(url).origin, retryable: false });
      expect(error.message).toContain('sharepoint.ca_file');
    },
  );

  it('that the certificate is not trusted when no authority is named', async () => {
    const error = await sharepoint.failure(sharepoint.gateway({ caFile: null }).resolveFolder());
    expect(error).toBeInstanceOf(SharePointUnreachable);
    expect(error).toMatchObject({ retryable: false });
  });

  it('that the file of the authority cannot be read', async () => {
    const caFile = `${sharepoint.folder}/no.pem`;
    const error = await sharepoint.failure(sharepoint.gateway({ caFile }).resolveFolder());
    expect(error).toBeInstanceOf(SharePointUnreachable);
    expect(error).toMatchObject({ code: 'ENOENT', retryable: false });
    expect(error.message).toContain(caFile);
  });
});

describe('signing in', () => {
  it('is done once for many requests, also when they begin at the same time', async () => {
    const gateway = sharepoint.gateway();
    const before = sharepoint.simulator.requests.length;
    await Promise.all([gateway.resolveFolder(), gateway.resolveFolder()]);
    await gateway.resolveFolder();
    const signIns = sharepoint.simulator.requests.slice(before).filter(({ url }) => url.includes('/token'));
    expect(signIns).toHaveLength(1);
  });

  it('is limited like other requests, and the next attempt asks the server again', async () => {
    sharepoint.simulator.faults.failNext({ match: /\/token/, status: 429, retryAfterSeconds: 1 });
    const gateway = sharepoint.gateway();
    const error = await sharepoint.failure(gateway.resolveFolder());
    expect(error).toBeInstanceOf(Throttled);
    expect(error).toMatchObject({ retryAfterSeconds: 1 });
    await expect(gateway.resolveFolder()).resolves.toBeDefined();
  });

  it('that fails on the server is no refusal', async () => {
    sharepoint.simulator.faults.failNext({ match: /\/token/, status: 500, body: '<html>oops</html>' });
    const error = await sharepoint.failure(sharepoint.gateway().resolveFolder());
    expect(error).toBeInstanceOf(SharePointFailed);
    expect(error).toMatchObject({ status: 500, retryable: true });
  });

  it('ends at once when it is aborted', async () => {
    const reason = new Error('stop');
    await expect(sharepoint.gateway().resolveFolder(AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});

/** By secret, with something else in its place. */
function signIn(other: { tenantId?: string; clientId?: string; clientSecret?: Secret }): SignIn {
  const { tenantId, clientId, clientSecret } = sharepoint.simulator.connection;
  return { method: 'secret', tenantId, clientId, clientSecret: new Secret(clientSecret), ...other };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
