import type { HttpClient, PipelineRequest, PipelineResponse } from '@azure/core-rest-pipeline';
import { createDefaultHttpClient } from '@azure/core-rest-pipeline';

import { userAgent } from './user-agent.ts';

/** What whoever gives out tokens said. */
export interface SignInAnswer {
  readonly status: number;
  readonly body: string;
  readonly retryAfter: string | undefined;
}

interface Options {
  /** Ends what is under way. */
  readonly closing?: AbortSignal;
  /** Of each request, in milliseconds. */
  readonly timeout: number;
  /** What is asked is on this machine, so that no proxy leads to it. */
  readonly local?: true;
}

interface LastRequest {
  readonly url: string;
  readonly answer?: SignInAnswer;
  readonly error?: unknown;
}

/** The requests of one sign-in, and what came of the last one: @azure/identity keeps neither in what it throws. */
export class SignInClient implements HttpClient {
  readonly #client = createDefaultHttpClient();
  readonly #options: Options;
  #last: LastRequest | undefined;

  constructor(options: Options) {
    this.#options = options;
  }

  get last(): LastRequest | undefined {
    return this.#last;
  }

  forget(): void {
    this.#last = undefined;
  }

  async sendRequest(request: PipelineRequest): Promise<PipelineResponse> {
    const { closing, timeout, local } = this.#options;
    const timeLimit = AbortSignal.timeout(timeout);
    const { url } = request;
    // The library's own timeout runs on after a failed connection, and keeps the process alive for as long.
    request.timeout = 0;
    request.abortSignal = closing === undefined ? timeLimit : AbortSignal.any([closing, timeLimit]);
    if (local === true) delete request.agent;
    request.headers.set('user-agent', userAgent);
    try {
      const response = await this.#client.sendRequest(request);
      const { status, bodyAsText, headers } = response;
      this.#last = {
        url,
        answer: { status, body: bodyAsText ?? '', retryAfter: headers.get('retry-after') },
      };
      return response;
    } catch (error) {
      this.#last = { url, error };
      throw error;
    }
  }
}

/**
 * One for the whole process, since MSAL is so: it asks for tokens of managed identities through the client that it was
 * given first, and keeps them.
 */
export const managedIdentityClient = new SignInClient({ timeout: 15_000, local: true });
