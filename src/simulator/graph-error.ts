import type { FastifyReply, FastifyRequest } from 'fastify';

/** An answer of Microsoft Graph other than success. */
export class GraphError extends Error {
  override readonly name = 'GraphError';
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

export function itemNotFound(): GraphError {
  return new GraphError(404, 'itemNotFound', 'The resource could not be found.');
}

export function invalidRequest(message: string): GraphError {
  return new GraphError(400, 'invalidRequest', message);
}

/** `code` and `message` in the envelope of Graph, with the ids by which Microsoft's support finds a request. */
export function graphErrorBody(
  request: FastifyRequest,
  reply: FastifyReply,
  code: string,
  message: string,
): object {
  const requestId = reply.getHeader('request-id');
  return {
    error: {
      code,
      message,
      innerError: {
        date: new Date().toISOString().slice(0, 19),
        'request-id': requestId,
        'client-request-id': request.headers['client-request-id'] ?? requestId,
      },
    },
  };
}
