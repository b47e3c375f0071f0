import type { TokenCredential } from '@azure/identity';
import { ManagedIdentityCredential } from '@azure/identity';
import { ManagedIdentityApplication } from '@azure/msal-node';

import type { SignInClient } from './sign-in-client.ts';

/** A token that Graph took no longer. `claims`: what it demands of the next one, as JSON. */
export interface RefusedToken {
  readonly token: string;
  readonly claims: string | null;
}

interface Options {
  readonly httpClient: SignInClient;
  readonly retryOptions: { readonly maxRetries: number };
}

/**
 * MSAL keeps a token for the whole process until it expires, and @azure/identity has no word for asking anew: where Graph has
 * `refused` that one, MSAL itself is asked to, and keeps what comes. Azure's endpoints keep tokens as well, so it may be the same.
 */
export function managedIdentityCredential(
  clientId: string | null,
  options: Options,
  refused: RefusedToken | null,
): TokenCredential {
  const credential = new ManagedIdentityCredential(clientId === null ? options : { ...options, clientId });
  return {
    async getToken(scopes, tokenOptions) {
      const kept = await credential.getToken(scopes, tokenOptions);
      if (kept.token !== refused?.token) return kept;
      const application = new ManagedIdentityApplication({
        managedIdentityIdParams: clientId === null ? {} : { userAssignedClientId: clientId },
        system: { disableInternalRetries: true },
      });
      const { claims } = refused;
      const fresh = await application.acquireToken({
        resource: String(scopes),
        // With claims it asks anew, too, and tells those endpoints that can revoke tokens which one is meant.
        ...(claims === null ? { forceRefresh: true } : { claims }),
      });
      return { token: fresh.accessToken, expiresOnTimestamp: fresh.expiresOn?.getTime() ?? 0 };
    },
  };
}
