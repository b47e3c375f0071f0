import type { Context, Middleware } from '@microsoft/microsoft-graph-client';
import { GraphClientError, TelemetryHandler } from '@microsoft/microsoft-graph-client';

import { claimsChallenge } from './claims-challenge.ts';
import { SharePointFailed } from './errors.ts';
import { withQuickRetry } from './quick-retry.ts';
import type { TokenSource } from './token-source.ts';
import type { Transport } from './transport.ts';

type Step = (context: Context, next: () => Promise<Response>) => Promise<unknown>;

/**
 * A chain of our own for Microsoft's client: its stock handlers neither renew a token nor stop waiting when told to,
 * and follow redirects with the token. `origin`: scheme, host and port of Graph, the only place that the token is sent to.
 */
export function graphMiddleware(origin: string, transport: Transport, tokens: TokenSource): Middleware[] {
  return [
    middleware(keepErrors),
    middleware((context, next) => authenticate(context, next, { origin, tokens })),
    middleware((context, next) => withQuickRetry(next, outgoing(context).signal)),
    new TelemetryHandler(),
    middleware((context) => send(context, transport)),
  ];
}

function middleware(step: Step): Middleware {
  let following: Middleware | undefined;
  return {
    setNext(next) {
      following = next;
    },
    async execute(context) {
      await step(context, async () => {
        await following?.execute(context);
        if (context.response === undefined) throw new TypeError('The last middleware set no response.');
        return context.response;
      });
    },
  };
}

/** The client replaces every error by a GraphError without its class and fields, except one of this class. */
async function keepErrors(_context: Context, next: () => Promise<Response>): Promise<void> {
  try {
    await next();
  } catch (error) {
    const envelope = new GraphClientError();
    envelope.customError = error;
    throw envelope;
  }
}

/** A token can be revoked before it expires: one that is refused is replaced once, by one with the claims demanded. */
async function authenticate(
  context: Context,
  next: () => Promise<Response>,
  { origin, tokens }: { origin: string; tokens: TokenSource },
): Promise<void> {
  const { url, signal } = outgoing(context);
  const target = new URL(url).origin;
  if (target !== origin) throw foreignLink(target, origin);
  const token = await tokens.token(signal);
  setHeader(context, 'authorization', `Bearer ${token}`);
  const response = await next();
  if (response.status !== 401) return;
  await response.body?.cancel();
  const fresh = await tokens.token(signal, { token, claims: claimsChallenge(response) });
  setHeader(context, 'authorization', `Bearer ${fresh}`);
  await next();
}

async function send(context: Context, transport: Transport): Promise<void> {
  const { url, ...request } = outgoing(context);
  context.response = await transport.send(url, request);
}

/** The client always hands over the address as text. */
function outgoing(context: Context): {
  url: string;
  method: string | undefined;
  body: string | Buffer | undefined;
  headers: Record<string, string>;
  signal: AbortSignal | undefined;
} {
  return {
    url: context.request as string,
    method: context.options?.method,
    // What we hand over is turned into JSON, or is a Buffer and stays one.
    body: (context.options?.body ?? undefined) as string | Buffer | undefined,
    headers: (context.options?.headers ?? {}) as Record<string, string>,
    signal: context.options?.signal ?? undefined,
  };
}

function setHeader(context: Context, name: string, value: string): void {
  context.options = { ...context.options, headers: { ...outgoing(context).headers, [name]: value } };
}

function foreignLink(target: string, origin: string): SharePointFailed {
  return new SharePointFailed('following a page link', {
    status: 200,
    code: 'foreignLink',
    message: `the link leads to ${target}, and the access token is only for ${origin}`,
    requestId: null,
    retryAfterSeconds: null,
  });
}
