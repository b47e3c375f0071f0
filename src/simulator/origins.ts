import type { FastifyRequest } from 'fastify';

const thisMachine = { graph: 'localhost', content: '127.0.0.1' };

/**
 * Contents are at another host name than Graph and the sign-in, as in reality, because clients decide by the host name
 * alone whether to send their access token along.
 */
export function contentHostOf(graphHost: string): string {
  return graphHost === thisMachine.graph ? thisMachine.content : `content.${graphHost}`;
}

/** By the name that the client knows us by. */
export function graphOrigin(request: FastifyRequest): string {
  return originOf(graphHostOf(request), request);
}

export function contentOrigin(request: FastifyRequest): string {
  return originOf(contentHostOf(graphHostOf(request)), request);
}

export function isForContent({ hostname }: FastifyRequest): boolean {
  return hostname === thisMachine.content || hostname.startsWith('content.');
}

function graphHostOf({ hostname }: FastifyRequest): string {
  return hostname === thisMachine.content ? thisMachine.graph : hostname;
}

function originOf(host: string, request: FastifyRequest): string {
  // A member of a batch has no socket.
  return `https://${host}:${request.socket.localPort ?? request.port ?? ''}`;
}
