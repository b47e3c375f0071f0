import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import type { Fault, Faults } from './faults.ts';
import { graphErrorBody } from './graph-error.ts';

const codes: Readonly<Record<number, string>> = {
  401: 'unauthenticated',
  403: 'accessDenied',
  404: 'itemNotFound',
  410: 'resyncRequired',
  423: 'resourceLocked',
  429: 'activityLimitReached',
  503: 'serviceNotAvailable',
  504: 'gatewayTimeout',
};

/** Makes the requests fail that `faults` names; the control plane never does. */
export function addFaults(app: FastifyInstance, faults: Faults): void {
  const unfinished = new WeakMap<FastifyRequest, Unfinished>();
  app.addHook('onRequest', (request, reply, done) => {
    const fault = /^\/(sim\b|$)/.test(request.url) ? undefined : faults.take(request.method, request.url);
    const bytes = fault?.truncate ?? fault?.stall;
    if (bytes !== undefined) unfinished.set(request, { bytes, stalls: fault?.stall !== undefined });
    if (fault?.drop === true) {
      reply.hijack();
      request.raw.socket.destroy();
      return;
    }
    if (fault?.status === undefined) done();
    else sendFault(fault, fault.status, request, reply);
  });
  app.addHook('onSend', (request, reply, payload, done) => {
    const how = unfinished.get(request);
    if (how === undefined || payload == null) done(null, payload);
    else done(null, beginning(payload as Payload, how, reply));
  });
}

type Payload = string | Buffer | Readable;

interface Unfinished {
  readonly bytes: number;
  readonly stalls: boolean;
}

function sendFault(fault: Fault, status: number, request: FastifyRequest, reply: FastifyReply): void {
  reply.code(status);
  if (fault.retryAfterSeconds !== undefined) reply.header('retry-after', String(fault.retryAfterSeconds));
  if (typeof fault.body === 'string') {
    reply.type('text/html; charset=utf-8').send(fault.body);
    return;
  }
  const message = status === 429 ? 'The request has been throttled' : 'The request failed on purpose';
  const code = codes[status] ?? (status < 500 ? 'invalidRequest' : 'generalException');
  reply.type('application/json').send(fault.body ?? graphErrorBody(request, reply, { code, message }));
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
