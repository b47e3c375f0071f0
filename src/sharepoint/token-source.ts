import { Agent } from 'node:https';

import type { ClientSecretCredentialOptions } from '@azure/identity';
import { ClientSecretCredential } from '@azure/identity';

import type { Secret } from '../settings/secret.ts';
import { SharePointError, SignInRefused } from './errors.ts';
import type { AuthorityAnswer } from './sign-in-refusal.ts';
import { signInRefusal } from './sign-in-refusal.ts';
import type { Traffic } from './traffic.ts';
import type { TrustedCertificates } from './transport.ts';
import { connectionFailure } from './transport.ts';
import { unlessAborted } from './unless-aborted.ts';
import { userAgent } from './user-agent.ts';

export interface Application {
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: Secret;
  readonly authorityUrl: string;
  /** Origin of Graph: what the token is for. */
  readonly audience: string;
}

type Policy = NonNullable<ClientSecretCredentialOptions['additionalPolicies']>[number]['policy'];

/** Access tokens of one application. They are cached until shortly before they expire; callers at the same time share a request. */
export class TokenSource {
  readonly #application: Application;
  readonly #certificates: TrustedCertificates;
  readonly #timeout: number;
  readonly #traffic: Traffic;
  readonly #closing = new AbortController();
  #credential: ClientSecretCredential | undefined;
  #pending: Promise<string> | undefined;
  #current: string | undefined;
  /** What the authority last said, or the error of the connection: @azure/identity keeps neither in what it throws. */
  #lastAnswer: AuthorityAnswer | undefined;
  #lastError: unknown;

  /** `timeout` of each request, in milliseconds. */
  constructor(
    application: Application,
    certificates: TrustedCertificates,
    timeout: number,
    traffic: Traffic,
  ) {
    this.#application = application;
    this.#certificates = certificates;
    this.#timeout = timeout;
    this.#traffic = traffic;
  }

  /** @throws {SharePointError}, or the signal's reason */
  async token(signal: AbortSignal | undefined): Promise<string> {
    signal?.throwIfAborted();
    this.#pending ??= this.#request().finally(() => {
      this.#pending = undefined;
    });
    return await unlessAborted(this.#pending, signal);
  }

  /** Call it when Graph refused `token`, so that the next one is fresh. */
  discard(token: string): void {
    if (this.#current === token) this.#credential = undefined;
  }

  close(): void {
    this.#closing.abort();
  }

  async #request(): Promise<string> {
    await this.#traffic.admit(0, this.#closing.signal);
    this.#lastAnswer = undefined;
    this.#lastError = undefined;
    try {
      this.#credential ??= this.#createCredential();
      const { token } = await this.#credential.getToken(`${this.#application.audience}/.default`);
      this.#current = token;
      return token;
    } catch (error) {
      // MSAL answers a throttled credential from its own memory for a minute: the next attempt begins with a new one.
      this.#credential = undefined;
      throw this.#failure(error);
    }
  }

  #createCredential(): ClientSecretCredential {
    const { tenantId, clientId, clientSecret, authorityUrl } = this.#application;
    const ca = this.#certificates.list(authorityUrl);
    const options: ClientSecretCredentialOptions & { agent?: Agent } = {
      authorityHost: authorityUrl,
      // Discovery asks login.microsoftonline.com whether the authority is genuine; ours is named by the settings.
      disableInstanceDiscovery: true,
      retryOptions: { maxRetries: 0 },
      additionalPolicies: [{ position: 'perRetry', policy: this.#observer() }],
    };
    // With an agent the proxy of the environment is passed by, as in Transport.
    if (ca !== null) options.agent = new Agent({ ca: [...ca] });
    return new ClientSecretCredential(tenantId, clientId, clientSecret.reveal(), options);
  }

  #observer(): Policy {
    return {
      name: 'charlieObserver',
      sendRequest: async (request, next) => {
        // The library's own timeout runs on after a failed connection, and keeps the process alive for as long.
        request.timeout = 0;
        request.headers.set('user-agent', userAgent);
        request.abortSignal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(this.#timeout)]);
        try {
          const answer = await next(request);
          this.#lastAnswer = {
            status: answer.status,
            body: answer.bodyAsText ?? '',
            retryAfter: answer.headers.get('retry-after'),
          };
          await this.#traffic.heed({
            status: answer.status,
            headers: new Headers({ 'retry-after': this.#lastAnswer.retryAfter ?? '' }),
          });
          return answer;
        } catch (error) {
          this.#lastError = error;
          throw error;
        }
      },
    };
  }

  /** Never passes on the error itself: it holds the request, and that the secret. */
  #failure(error: unknown): Error {
    if (error instanceof SharePointError) return error;
    if (this.#lastError !== undefined) {
      return connectionFailure(this.#application.authorityUrl, this.#lastError, this.#closing.signal);
    }
    if (this.#lastAnswer !== undefined) return signInRefusal(this.#application, this.#lastAnswer);
    // Nothing was sent: the library refuses ids and addresses of a wrong form.
    return new SignInRefused(
      this.#application,
      null,
      error instanceof Error ? error.message : 'nothing was sent.',
    );
  }
}
