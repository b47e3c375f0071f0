import { Agent } from 'node:https';
import type { SecureContext } from 'node:tls';

import type { TokenCredential } from '@azure/identity';
import {
  ClientAssertionCredential,
  ClientCertificateCredential,
  ClientSecretCredential,
} from '@azure/identity';

import { readClientCertificate } from './client-certificate.ts';
import { readFederatedToken } from './federated-token.ts';
import { managedIdentityCredential, type RefusedToken } from './managed-identity-credential.ts';
import type { SignIn } from './sign-in.ts';
import type { SignInClient } from './sign-in-client.ts';

interface Surroundings {
  readonly authorityUrl: string;
  /** Whom to trust; null: whom Node trusts. */
  readonly secureContext: SecureContext | null;
  readonly httpClient: SignInClient;
  /** In place of which a token is wanted; null: it is the first. */
  readonly refused: RefusedToken | null;
}

/**
 * A credential for one token: files are read now. @azure/identity itself reads the variables by which Azure tells where
 * a managed identity is asked for (`IDENTITY_ENDPOINT` and others).
 * @throws {CertificateUnusable} @throws {FederatedTokenUnusable}
 */
export async function createCredential(
  signIn: SignIn,
  { authorityUrl, secureContext, httpClient, refused }: Surroundings,
): Promise<TokenCredential> {
  const common = { httpClient, retryOptions: { maxRetries: 0 } };
  if (signIn.method === 'managed_identity')
    return managedIdentityCredential(signIn.clientId, common, refused);
  const options = {
    ...common,
    authorityHost: authorityUrl,
    // Discovery asks login.microsoftonline.com whether the authority is genuine; ours is named by the settings.
    disableInstanceDiscovery: true,
    // With an agent the proxy of the environment is passed by, as in Transport.
    ...(secureContext !== null && { agent: new Agent({ secureContext }) }),
  };
  const { tenantId, clientId } = signIn;
  switch (signIn.method) {
    case 'secret':
      return new ClientSecretCredential(tenantId, clientId, signIn.clientSecret.reveal(), options);
    case 'certificate': {
      const certificate = await readClientCertificate(signIn.certificateFile);
      return new ClientCertificateCredential(tenantId, clientId, { certificate }, options);
    }
    case 'workload_identity': {
      const token = await readFederatedToken(signIn.tokenFile);
      return new ClientAssertionCredential(tenantId, clientId, () => Promise.resolve(token), options);
    }
  }
}
