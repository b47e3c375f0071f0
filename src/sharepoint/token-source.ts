import { createCredential } from './credential.ts';
import { SharePointError, SignInRefused } from './errors.ts';
import type { RefusedToken } from './managed-identity-credential.ts';
import type { SignIn } from './sign-in.ts';
import { managedIdentityClient, SignInClient } from './sign-in-client.ts';
import { ManagedIdentityUnavailable } from './sign-in-errors.ts';
import { signInRefusal } from './sign-in-refusal.ts';
import type { Traffic } from './traffic.ts';
import type { TrustedCertificates } from './transport.ts';
import { connectionFailure } from './transport.ts';
import { unlessAborted } from './unless-aborted.ts';

export interface Application {
  readonly signIn: SignIn;
  readonly authorityUrl: string;
  /** Origin of Graph: what the token is for. */
  readonly audience: string;
}

/** Requests that are under way need a token for a while yet. */
const renewBeforeMs = 5 * 60 * 1000;

/** Access tokens of one application. They are kept until shortly before they expire; callers at the same time share a request. */
export class TokenSource {
  readonly #application: Application;
  readonly #certificates: TrustedCertificates;
  readonly #timeout: number;
  readonly #traffic: Traffic;
  readonly #closing = new AbortController();
  #pending: Promise<string> | undefined;
  #current: { readonly token: string; readonly renewAt: number } | undefined;

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

  /**
   * `refused`: the token to replace. One that somebody else has replaced meanwhile is not asked for again.
   * @throws {SharePointError}, or the signal's reason
   */
  async token(signal: AbortSignal | undefined, refused?: RefusedToken): Promise<string> {
    signal?.throwIfAborted();
    if (refused !== undefined && refused.token === this.#current?.token) this.#current = undefined;
    if (this.#current !== undefined && Date.now() < this.#current.renewAt) return this.#current.token;
    this.#pending ??= this.#request(refused ?? null).finally(() => {
      this.#pending = undefined;
    });
    const { signal: closing } = this.#closing;
    return await unlessAborted(
      this.#pending,
      signal === undefined ? closing : AbortSignal.any([signal, closing]),
    );
  }

  close(): void {
    this.#closing.abort();
  }

  /**
   * With a credential of its own: MSAL answers a throttled one from its memory for a minute, and files that were replaced
   * (a certificate, a federated token) would not count.
   */
  async #request(refused: RefusedToken | null): Promise<string> {
    const { signIn, authorityUrl, audience } = this.#application;
    const httpClient =
      signIn.method === 'managed_identity'
        ? managedIdentityClient
        : new SignInClient({ closing: this.#closing.signal, timeout: this.#timeout });
    httpClient.forget();
    await this.#traffic.admit(0, this.#closing.signal);
    try {
      const secureContext = this.#certificates.secureContext(authorityUrl);
      const credential = await createCredential(signIn, { authorityUrl, secureContext, httpClient, refused });
      const claims = refused?.claims ?? null;
      // enableCae says that we can answer a claims challenge: such tokens live longer, and can be revoked.
      const answer = await credential.getToken(`${audience}/.default`, {
        enableCae: true,
        ...(claims !== null && { claims }),
      });
      if (answer === null) throw new TypeError('there was no token in the answer.');
      this.#current = { token: answer.token, renewAt: answer.expiresOnTimestamp - renewBeforeMs };
      return answer.token;
    } catch (error) {
      await this.#heed(httpClient);
      throw this.#failure(error, httpClient);
    }
  }

  async #heed({ last }: SignInClient): Promise<void> {
    if (last?.answer === undefined) return;
    const { status, retryAfter = '' } = last.answer;
    await this.#traffic.heed({ status, headers: new Headers({ 'retry-after': retryAfter }) });
  }

  /** Never passes on the error itself: it holds the request, and that the secret. */
  #failure(error: unknown, { last }: SignInClient): Error {
    const { signIn } = this.#application;
    if (error instanceof SharePointError) return error;
    const words = error instanceof Error ? error.message : 'nothing was sent.';
    if (last === undefined) {
      // Nothing was sent: the library refuses ids and addresses of a wrong form.
      if (signIn.method !== 'managed_identity') return new SignInRefused(signIn, null, words);
      return new ManagedIdentityUnavailable(signIn.clientId, null, words);
    }
    const endpoint = new URL(last.url).origin;
    if (last.answer !== undefined) return signInRefusal(signIn, last.answer, endpoint);
    const failure = connectionFailure(endpoint, last.error, this.#closing.signal);
    if (signIn.method !== 'managed_identity') return failure;
    return new ManagedIdentityUnavailable(signIn.clientId, endpoint, firstSentence(failure.message));
  }
}

function firstSentence(message: string): string {
  return message.replace(/\. .*/s, '');
}
