import { readFileSync } from 'node:fs';
import { getCACertificates } from 'node:tls';

import { Agent, type Dispatcher, EnvHttpProxyAgent, fetch } from 'undici';

import { rootErrorCode } from '../domain/root-error-code.ts';
import { EndpointFailed, EndpointRefused, EndpointUnreachable } from './errors.ts';

export interface PostOptions {
  /** Completes "while ...": `generating files`. */
  readonly action: string;
  /** PEM file of a certificate authority to trust besides the system's. */
  readonly caFile: string | null;
  readonly signal: AbortSignal;
}

const longestWords = 200;

/**
 * The parsed body of the answer; null when it is none of JSON.
 * @throws {EndpointUnreachable | EndpointFailed | EndpointRefused}, or the signal's reason
 */
export async function postJson(
  url: string,
  body: object,
  { action, caFile, signal }: PostOptions,
): Promise<unknown> {
  const { origin } = new URL(url);
  await using dispatcher = connectTo(origin, action, caFile);
  let answer: { readonly status: number; readonly text: string };
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      // Who redirects a POST has moved: the settings should say so.
      redirect: 'manual',
      dispatcher,
      signal,
    });
    answer = { status: response.status, text: await response.text() };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw new EndpointUnreachable(action, origin, rootErrorCode(error));
  }
  const { status, text } = answer;
  if (status >= 200 && status < 300) return parse(text);
  const said = { status, words: text.replaceAll(/\s+/g, ' ').trim().slice(0, longestWords) };
  if (status >= 500 || status === 408 || status === 429) throw new EndpointFailed(action, origin, said);
  throw new EndpointRefused(action, origin, said);
}

/** Whoever makes files answers when they are made: there is no time limit but the caller's. */
function connectTo(origin: string, action: string, caFile: string | null): Dispatcher & AsyncDisposable {
  const patience = { headersTimeout: 0, bodyTimeout: 0 };
  let dispatcher: Dispatcher;
  try {
    dispatcher =
      caFile === null
        ? new EnvHttpProxyAgent(patience)
        : new Agent({
            ...patience,
            connect: { ca: [...getCACertificates('default'), readFileSync(caFile, 'utf8')] },
          });
  } catch (error) {
    throw new EndpointUnreachable(action, origin, rootErrorCode(error));
  }
  return Object.assign(dispatcher, { [Symbol.asyncDispose]: () => dispatcher.destroy() });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
