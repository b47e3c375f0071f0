import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { altered } from './altered-answer.ts';
import { faultOf, meetFault } from './fault-of-request.ts';
import type { Fault, Faults } from './faults.ts';
import { graphErrorBody } from './graph-error.ts';
import { graphOrigin } from './origins.ts';

const codes: Readonly<Record<number, string>> = {
  401: 'unauthenticated',
  403: 'accessDenied',
  404: 'itemNotFound',
  410: 'resyncRequired',
  423: 'resourceLocked',
  429: 'activityLimitReached',
  501: 'notSupported',
  503: 'serviceNotAvailable',
  504: 'gatewayTimeout',
  507: 'quotaLimitReached',
  509: 'bandwidthLimitExceeded',
};

const details: Readonly<Record<number, string>> = { 423: 'resourceLocked', 429: 'throttledRequest' };

/** Makes the requests fail that `faults` names; the control plane never does. */
export function addFaults(app: FastifyInstance, faults: Faults): void {
  app.addHook('onRequest', (request, reply, done) => {
    const fault = /^\/(sim\b|$)/.test(request.url) ? undefined : faults.take(request.method, request.url);
    if (fault === undefined) {
      done();
      return;
    }
    meetFault(request, fault);
    if (fault.latencyMs === undefined) begin(fault, request, reply, done);
    else setTimeout(begin, fault.latencyMs, fault, request, reply, done).unref();
  });
  app.addHook('preSerialization', (request, _reply, payload, done) => {
    const fault = faultOf(request);
    done(null, fault === undefined ? payload : altered(payload, fault, request));
  });
  app.addHook('onSend', (request, reply, payload, done) => {
    const { truncate, stall } = faultOf(request) ?? {};
    const bytes = truncate ?? stall;
    if (bytes === undefined || payload == null) done(null, payload);
    else done(null, beginning(payload as Payload, { bytes, stalls: stall !== undefined }, reply));
  });
}

type Payload = string | Buffer | Readable;

interface Unfinished {
  readonly bytes: number;
  readonly stalls: boolean;
}

function begin(fault: Fault, request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  if (fault.drop === true) {
    reply.hijack();
    request.raw.socket.destroy();
    return;
  }
  if (fault.status === undefined) done();
  else sendFault(fault, fault.status, request, reply);
}

function sendFault(fault: Fault, status: number, request: FastifyRequest, reply: FastifyReply): void {
  reply.code(status);
  if (fault.retryAfterSeconds !== undefined) reply.header('retry-after', retryAfter(fault));
  if (status === 410 && fault.withoutLocation !== true) reply.header('location', restartOf(request));
  reply.headers(fault.headers ?? {});
  if (typeof fault.body === 'string') {
    reply.type('text/html; charset=utf-8').send(fault.body);
    return;
  }
  const detail = details[status] ?? null;
  const message = status === 429 ? 'The request has been throttled' : 'The request failed on purpose';
  const code = codes[status] ?? (status < 500 ? 'invalidRequest' : 'generalException');
  reply
    .type('application/json')
    .send(fault.body ?? graphErrorBody(request, reply, { code, message, detail }));
}

/** A date by the computer's clock, as that is the client's too. */
function retryAfter({ retryAfterSeconds = 0, retryAfterAsDate }: Fault): string {
  if (retryAfterAsDate !== true) return String(retryAfterSeconds);
  return new Date(Date.now() + retryAfterSeconds * 1000).toUTCString();
}

/** Where a delta begins anew whose token is no good any more. */
function restartOf(request: FastifyRequest): string {
  const address = new URL(request.url, graphOrigin(request));
  address.searchParams.delete('token');
  address.searchParams.delete('$token');
  return address.href;
}

/** The first bytes of `payload` under the length of the whole. */
function beginning(payload: Payload, how: Unfinished, reply: FastifyReply): Readable {
  if (!(payload instanceof Readable)) reply.header('content-length', Buffer.byteLength(payload));
  const source = payload instanceof Readable ? payload : Readable.from([Buffer.from(payload)]);
  return Readable.from(firstBytes(source, how), { objectMode: false });
}

async function* firstBytes(source: Readable, { bytes, stalls }: Unfinished): AsyncGenerator<Buffer> {
  let left = bytes;
  for await (const chunk of source as AsyncIterable<Buffer>) {
    if (chunk.length >= left) {
      yield chunk.subarray(0, left);
      break;
    }
    left -= chunk.length;
    yield chunk;
  }
  if (stalls) await new Promise(() => undefined);
  // Makes fastify cut the connection.
  throw new Error('The answer is cut off on purpose.');
}
