import { readFileSync } from 'node:fs';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';

import type { Dispatcher } from 'undici';
import { Agent, EnvHttpProxyAgent, fetch } from 'undici';

import { rootErrorCode } from '../domain/root-error-code.ts';
import { SharePointUnreachable } from './errors.ts';
import { resourceUnits, type Traffic } from './traffic.ts';
import { userAgent } from './user-agent.ts';

/** In milliseconds. `body`: without a single byte. */
export interface Timeouts {
  readonly connect: number;
  readonly headers: number;
  readonly body: number;
}

export interface OutgoingRequest {
  /** Default: GET. */
  readonly method?: string | undefined;
  readonly body?: Uint8Array | string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** The connections to Graph and to the content hosts. It follows no redirect: where a token may go is the caller's choice. */
export class Transport {
  readonly #certificates: TrustedCertificates;
  readonly #timeouts: Timeouts;
  readonly #traffic: Traffic;
  #dispatcher: Dispatcher | undefined;

  constructor(certificates: TrustedCertificates, timeouts: Timeouts, traffic: Traffic) {
    this.#certificates = certificates;
    this.#timeouts = timeouts;
    this.#traffic = traffic;
  }

  /** @throws {SharePointUnreachable}, {Throttled} before anything is sent, or the signal's reason */
  async send(url: string, request: OutgoingRequest): Promise<Response> {
    await this.#traffic.admit(resourceUnits(request.method ?? 'GET', url), request.signal);
    const response = await this.#send(url, request);
    await this.#traffic.heed(response);
    return response;
  }

  /** Ends what is under way at once. */
  async close(): Promise<void> {
    await this.#dispatcher?.destroy();
  }

  async #send(url: string, { method = 'GET', headers, body, signal }: OutgoingRequest): Promise<Response> {
    signal?.throwIfAborted();
    this.#dispatcher ??= this.#connect(url);
    try {
      return await fetch(url, {
        method,
        body: body ?? null,
        headers: { ...headers, 'user-agent': userAgent },
        dispatcher: this.#dispatcher,
        redirect: 'manual',
        signal: signal ?? null,
      });
    } catch (error) {
      throw connectionFailure(url, error, signal);
    }
  }

  #connect(url: string): Dispatcher {
    const { connect, headers, body } = this.#timeouts;
    const options = { headersTimeout: headers, bodyTimeout: body };
    const secureContext = this.#certificates.secureContext(url);
    // An authority of one's own stands before a server of one's own, which no proxy leads to.
    return secureContext === null
      ? new EnvHttpProxyAgent({ ...options, connect: { timeout: connect } })
      : new Agent({ ...options, connect: { timeout: connect, secureContext } });
  }
}

/**
 * The certificate authorities to trust when there is one besides the system's. Reads the file when it is first asked; to parse all of
 * them takes 30 ms, which each connection would otherwise take anew.
 */
export class TrustedCertificates {
  readonly #caFile: string | null;
  #secureContext: SecureContext | undefined;

  constructor(caFile: string | null) {
    this.#caFile = caFile;
  }

  /**
   * Null: Node trusts those of the system anyway. `url` is the address that they are needed for.
   * @throws {SharePointUnreachable} when the file cannot be read
   */
  secureContext(url: string): SecureContext | null {
    if (this.#caFile === null) return null;
    try {
      this.#secureContext ??= createSecureContext({
        ca: [...getCACertificates('default'), readFileSync(this.#caFile, 'utf8')],
      });
      return this.#secureContext;
    } catch (error) {
      throw new SharePointUnreachable(new URL(url).origin, {
        code: rootErrorCode(error),
        reason: `the certificate authority ${this.#caFile} cannot be read`,
        remedy: 'Correct sharepoint.ca_file, or remove it to trust the authorities of the system alone.',
        retryable: false,
      });
    }
  }
}

/** What to throw when a connection failed or a body broke off: the abort signal's reason if it is one. */
export function connectionFailure(url: string, error: unknown, signal: AbortSignal | undefined): Error {
  if (signal?.aborted === true) return signal.reason as Error;
  const { origin } = new URL(url);
  const code = rootErrorCode(error);
  return new SharePointUnreachable(origin, { code, ...explain(code) });
}

function explain(code: string): { reason: string; remedy: string; retryable: boolean } {
  if (/CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS|ERR_SSL/.test(code)) {
    return {
      reason: 'its TLS certificate is not trusted',
      remedy:
        'If the server has a certificate authority of its own, name its PEM file in sharepoint.ca_file.',
      retryable: false,
    };
  }
  const remedy =
    'Check the network, the proxy, and sharepoint.graph_url and sharepoint.authority_url; is the server up?';
  return { reason: reasons[code] ?? 'the connection failed', remedy, retryable: true };
}

const reasons: Readonly<Record<string, string>> = {
  ENOTFOUND: 'its name does not resolve',
  EAI_AGAIN: 'the name service does not answer',
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed',
  ETIMEDOUT: 'the connection timed out',
  EHOSTUNREACH: 'there is no route to it',
  ENETUNREACH: 'there is no route to it',
  UND_ERR_SOCKET: 'the connection was closed before the answer was complete',
  UND_ERR_CONNECT_TIMEOUT: 'no connection within the time limit',
  AbortError: 'no answer within the time limit',
  UND_ERR_HEADERS_TIMEOUT: 'no answer within the time limit',
  UND_ERR_BODY_TIMEOUT: 'the answer stalled',
  ERR_STREAM_PREMATURE_CLOSE: 'the connection was closed before the answer was complete',
};
