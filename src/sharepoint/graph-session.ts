import { Client, GraphClientError, ResponseType } from '@microsoft/microsoft-graph-client';
import type { z } from 'zod';

import type { Refusal, SharePointError } from './errors.ts';
import { SharePointFailed } from './errors.ts';
import { graphMiddleware } from './graph-middleware.ts';
import { readRefusal, refusalError } from './refusal.ts';
import type { TokenSource } from './token-source.ts';
import type { Transport } from './transport.ts';
import { connectionFailure } from './transport.ts';

/** What a request is for. `action` completes "while ..." in an error: `listing "Reports"`. */
export interface Purpose {
  readonly action: string;
  readonly signal?: AbortSignal | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** The error for a refusal that means something particular here; null: the usual one. */
  readonly refused?: (refusal: Refusal) => SharePointError | null;
}

interface Content {
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Signed-in requests to Microsoft Graph. Paths are encoded already and begin after the version. */
export class GraphSession {
  readonly #client: Client;

  constructor(origin: string, transport: Transport, tokens: TokenSource) {
    this.#client = Client.initWithMiddleware({
      baseUrl: origin,
      defaultVersion: 'v1.0',
      customHosts: new Set([new URL(origin).hostname]),
      middleware: graphMiddleware(origin, transport, tokens),
    });
  }

  /** `path` may also be a page link of Graph's own. */
  async get<T>(path: string, schema: z.ZodType<T>, purpose: Purpose): Promise<T> {
    return await this.read(await this.open(path, purpose), schema, purpose);
  }

  /** The body of an answer of `open`. */
  async read<T>(response: Response, schema: z.ZodType<T>, purpose: Purpose): Promise<T> {
    if (response.status !== 200) throw await refusedAs(response, purpose);
    return await readAs(response, schema, purpose);
  }

  /** An object as JSON, bytes as they are. The answer as it came, whatever its status. */
  async send(
    method: 'POST' | 'PUT' | 'PATCH',
    path: string,
    { body, headers = {}, signal }: Pick<Purpose, 'signal'> & Content,
  ): Promise<Response> {
    try {
      const request = this.#client.api(path).responseType(ResponseType.RAW).option('signal', signal);
      request.headers({
        ...(Buffer.isBuffer(body) && { 'content-type': 'application/octet-stream' }),
        ...headers,
      });
      if (method === 'POST') return (await request.post(body)) as Response;
      return (await (method === 'PUT' ? request.put(body) : request.patch(body))) as Response;
    } catch (error) {
      throw error instanceof GraphClientError ? (error.customError as Error) : error;
    }
  }

  /** The answer as it came, whatever its status. */
  async remove(path: string, { signal }: Pick<Purpose, 'signal'>): Promise<Response> {
    try {
      const request = this.#client.api(path).responseType(ResponseType.RAW).option('signal', signal);
      return (await request.delete()) as Response;
    } catch (error) {
      throw error instanceof GraphClientError ? (error.customError as Error) : error;
    }
  }

  /** The answer as it came, whatever its status; the caller reads its body. */
  async open(path: string, { signal, headers = {} }: Pick<Purpose, 'signal' | 'headers'>): Promise<Response> {
    try {
      const request = this.#client.api(path).headers(headers).responseType(ResponseType.RAW);
      request.option('signal', signal);
      return (await request.get()) as Response;
    } catch (error) {
      throw error instanceof GraphClientError ? (error.customError as Error) : error;
    }
  }
}

/** What an answer other than success means. */
export async function refusedAs(response: Response, { action, refused }: Purpose): Promise<SharePointError> {
  const refusal = await readRefusal(response);
  return refused?.(refusal) ?? refusalError(action, refusal);
}

/** @throws {SharePointFailed} when the body is not what `schema` says */
export async function readAs<T>(response: Response, schema: z.ZodType<T>, purpose: Purpose): Promise<T> {
  const body = await readText(response, purpose.signal);
  const result = schema.safeParse(parseJson(body));
  if (result.success) return result.data;
  throw new SharePointFailed(purpose.action, {
    status: response.status,
    code: 'unexpectedBody',
    message: `a body of ${body.length} characters that is not the JSON expected`,
    requestId: response.headers.get('request-id'),
    retryAfterSeconds: null,
  });
}

async function readText(response: Response, signal: AbortSignal | undefined): Promise<string> {
  try {
    return await response.text();
  } catch (error) {
    throw connectionFailure(response.url, error, signal);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
