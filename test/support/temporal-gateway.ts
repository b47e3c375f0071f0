import { once } from 'node:events';
import http2 from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';

import type { KeyAndCertificate } from './test-certificates.ts';

export interface GatewayOptions {
  /** Of the Temporal server behind it, which speaks plain text. */
  readonly upstream: string;
  readonly server: KeyAndCertificate;
  /** PEM of the authority whose client certificates are let in; without it none is asked for. */
  readonly clientCa?: string;
  /** A call without this bearer token is refused. */
  readonly apiKey?: string;
  /** The status that refuses it: UNAUTHENTICATED or PERMISSION_DENIED. */
  readonly refusal?: 16 | 7;
  /** Lets this one method through without a key, as servers do that only guard namespaces. */
  readonly openTo?: string;
}

/** TLS, client certificates and API keys in front of a Temporal server that has none of them: calls go through as they are. */
export class TemporalGateway implements AsyncDisposable {
  readonly address: string;
  /** Calls that went through. */
  passed = 0;
  refused = 0;
  /** Of the last call that went through. */
  lastHeaders: http2.IncomingHttpHeaders = {};
  readonly #server: http2.Http2SecureServer;
  readonly #upstream: http2.ClientHttp2Session;
  readonly #sockets = new Set<Socket>();

  static async start(options: GatewayOptions): Promise<TemporalGateway> {
    const server = http2.createSecureServer({
      key: options.server.key,
      cert: options.server.certificate,
      ...(options.clientCa === undefined
        ? {}
        : { ca: options.clientCa, requestCert: true, rejectUnauthorized: true }),
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new TemporalGateway(options, server);
  }

  private constructor(options: GatewayOptions, server: http2.Http2SecureServer) {
    this.#server = server;
    this.#upstream = http2.connect(`http://${options.upstream}`);
    this.#upstream.on('error', () => undefined);
    this.address = `localhost:${(server.address() as AddressInfo).port}`;
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined).once('close', () => this.#sockets.delete(socket));
    });
    server.on('sessionError', () => undefined);
    server.on('stream', (call, headers) => {
      call.on('error', () => undefined);
      const isOpen = options.openTo !== undefined && headers[':path']?.endsWith(`/${options.openTo}`);
      const isKeyed = options.apiKey === undefined || headers.authorization === `Bearer ${options.apiKey}`;
      if (isOpen !== true && !isKeyed) {
        this.refused++;
        refuse(call, options.refusal ?? 16, headers.authorization);
      } else {
        this.passed++;
        this.lastHeaders = headers;
        this.#forward(call, headers);
      }
    });
  }

  #forward(call: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders): void {
    const onward = this.#upstream.request({ ...headers, ':scheme': 'http' });
    let trailers: http2.IncomingHttpHeaders = {};
    onward.on('error', () => {
      call.close(http2.constants.NGHTTP2_CANCEL);
    });
    call.once('close', () => {
      if (!onward.closed) onward.close(http2.constants.NGHTTP2_CANCEL);
    });
    onward.on('trailers', (received: http2.IncomingHttpHeaders) => {
      trailers = received;
    });
    onward.on('response', (received, flags) => {
      if (call.destroyed) return;
      const isAll = (flags & http2.constants.NGHTTP2_FLAG_END_STREAM) !== 0;
      call.respond(received, isAll ? { endStream: true } : { waitForTrailers: true });
      if (isAll) return;
      call.once('wantTrailers', () => {
        call.sendTrailers(withoutPseudoHeaders(trailers));
      });
      onward.pipe(call);
    });
    call.pipe(onward);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#upstream.destroy();
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

/** With what it was sent, as a careless server may answer. */
function refuse(call: http2.ServerHttp2Stream, status: number, sent = 'nothing'): void {
  call.resume();
  call.respond(
    {
      ':status': 200,
      'content-type': 'application/grpc',
      'grpc-status': String(status),
      'grpc-message': `Request unauthorized: ${sent}`,
    },
    { endStream: true },
  );
}

function withoutPseudoHeaders(headers: http2.IncomingHttpHeaders): http2.OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith(':')));
}
