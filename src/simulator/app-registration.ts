import type { X509Certificate } from 'node:crypto';

/** What a site may grant to the application: its files can be read, or changed, too. */
export type SiteRole = 'read' | 'write';

/** By whom an application may be vouched for instead of proving itself. */
export interface FederatedCredential {
  readonly issuer: string;
  readonly subject: string;
  /** What Microsoft expects unless told otherwise: `api://AzureADTokenExchange`. */
  readonly audience: string;
  /** PEM of the key that the issuer signs with. */
  readonly publicKey: string;
}

/** The one application of the tenant, and what its administrators have given to it. */
export class AppRegistration {
  readonly certificates: X509Certificate[] = [];
  readonly federatedCredentials: FederatedCredential[] = [];
  /** Application permissions with consent. */
  roles: readonly string[] = ['Sites.Selected'];
  /** What site collections grant to the application, by their paths; it counts with Sites.Selected. */
  readonly grants = new Map<string, SiteRole>();
  tokenLifetimeSeconds = 3599;
  #generation = 0;
  #notBefore: string | null = null;

  /**
   * No token that was given out so far is good any more. Clients that can answer a claims challenge are given good ones
   * only for the claims of that challenge.
   */
  revokeTokens(now: Date): void {
    this.#generation += 1;
    this.#notBefore = String(Math.floor(now.getTime() / 1000));
  }

  /** What a new token carries to be told from revoked ones. */
  generationFor({ capable, notBefore }: { capable: boolean; notBefore: string | null }): number {
    const unanswered = this.#notBefore !== null && capable && notBefore !== this.#notBefore;
    return unanswered ? this.#generation - 1 : this.#generation;
  }

  isRevoked(generation: unknown): boolean {
    return generation !== this.#generation;
  }

  /** The claims that a good token needs after a revocation, as the header of a 401 has them. */
  challenge(): string {
    const claims = { access_token: { nbf: { essential: true, value: this.#notBefore } } };
    return Buffer.from(JSON.stringify(claims)).toString('base64');
  }
}
