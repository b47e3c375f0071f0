import type { ServerResponse } from 'node:http';
import type { Server } from 'node:https';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { SharePointUnreachable } from '../../src/sharepoint/errors.ts';
import { openServerCertificate } from '../../src/simulator/certificates.ts';
import { SimulatedSharePoint } from './simulated-sharepoint.ts';

/** Long enough for the sign-in, which keeps to `headers` as well. */
const soon = { connect: 5_000, headers: 4_000, body: 100 };

let sharepoint: SimulatedSharePoint;
let server: Server;
let answer: (response: ServerResponse) => void;

/** Signs in at the simulator; its Graph is a server that does what `answer` says. */
beforeEach(async () => {
  sharepoint = await SimulatedSharePoint.start();
  server = createServer(
    await openServerCertificate(join(sharepoint.stateDir, 'tls'), ['localhost']).then(forNode),
    (_, response) => {
      answer(response);
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await sharepoint[Symbol.asyncDispose]();
});

function forNode({ certificate, key }: { certificate: string; key: string }): { cert: string; key: string } {
  return { cert: certificate, key };
}

function graphUrl(): string {
  return `https://localhost:${(server.address() as AddressInfo).port}`;
}

it('a server that never answers is given up', async () => {
  answer = () => undefined;
  const error = await sharepoint.failure(sharepoint.gateway({ graphUrl: graphUrl() }, soon).resolveFolder());
  expect(error).toBeInstanceOf(SharePointUnreachable);
  expect(error).toMatchObject({ code: 'UND_ERR_HEADERS_TIMEOUT', url: graphUrl(), retryable: true });
});

it('an answer that stalls is given up', async () => {
  answer = (response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1000 }).write('{"id":');
  };
  const error = await sharepoint.failure(sharepoint.gateway({ graphUrl: graphUrl() }, soon).resolveFolder());
  expect(error).toBeInstanceOf(SharePointUnreachable);
  expect(error).toMatchObject({ code: 'UND_ERR_BODY_TIMEOUT', retryable: true });
});

it.each(['before', 'in the middle of'])('an abort ends the wait at once %s the answer', async (moment) => {
  const abort = new AbortController();
  const reason = new Error('stop');
  answer = (response) => {
    if (moment !== 'before') response.writeHead(200, { 'content-length': 1000 }).write('{"id":');
    abort.abort(reason);
  };
  const gateway = sharepoint.gateway({ graphUrl: graphUrl() });
  await expect(gateway.resolveFolder(abort.signal)).rejects.toBe(reason);
});

it('a sign-in that is never answered is given up', async () => {
  answer = () => undefined;
  const error = await sharepoint.failure(
    sharepoint.gateway({ authorityUrl: graphUrl() }, soon).resolveFolder(),
  );
  expect(error).toBeInstanceOf(SharePointUnreachable);
  expect(error.message).toContain('no answer within the time limit');
});

it('closing the gateway ends a sign-in that waits', async () => {
  const gateway = sharepoint.gateway({ authorityUrl: graphUrl() });
  answer = () => {
    void gateway.close();
  };
  await expect(gateway.resolveFolder()).rejects.toThrow('aborted');
});
