import type { FastifyRequest } from 'fastify';

/**
 * Graph and the sign-in are at `localhost`, contents at `127.0.0.1`: other host names, as in reality, because clients
 * decide by the host name alone whether to send their access token along.
 */
export const contentHostname = '127.0.0.1';

export function graphOrigin(request: FastifyRequest): string {
  return `https://localhost:${request.socket.localPort ?? ''}`;
}

export function contentOrigin(request: FastifyRequest): string {
  return `https://${contentHostname}:${request.socket.localPort ?? ''}`;
}
