import type { FastifyReply, FastifyRequest } from 'fastify';

/** An answer of Microsoft Graph other than success. */
export class GraphError extends Error {
  override readonly name: string = 'GraphError';
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What `innerError` says more closely; null: nothing. */
  readonly detail: string | null = null;

  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** One whose `innerError` has a code of its own. */
export class DetailedGraphError extends GraphError {
  override readonly name = 'DetailedGraphError';
  override readonly detail: string;

  constructor(status: number, code: string, detail: string, message: string) {
    super(status, code, message);
    this.detail = detail;
  }
}

export function itemNotFound(): GraphError {
  return new GraphError(404, 'itemNotFound', 'The resource could not be found.');
}

export function nameAlreadyExists(): GraphError {
  return new GraphError(409, 'nameAlreadyExists', 'Name already exists');
}

export function invalidRequest(message: string): GraphError {
  return new GraphError(400, 'invalidRequest', message);
}

/** `code` and `message` in the envelope of Graph, with the ids by which Microsoft's support finds a request. */
export function graphErrorBody(
  request: FastifyRequest,
  reply: FastifyReply,
  {
    code,
    message,
    detail = null,
  }: Pick<GraphError, 'code' | 'message'> & Partial<Pick<GraphError, 'detail'>>,
): object {
  const requestId = reply.getHeader('request-id');
  return {
    error: {
      code,
      message,
      innerError: {
        ...(detail !== null && { code: detail }),
        date: new Date().toISOString().slice(0, 19),
        'request-id': requestId,
        'client-request-id': request.headers['client-request-id'] ?? requestId,
      },
    },
  };
}
