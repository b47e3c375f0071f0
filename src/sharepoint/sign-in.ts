import type { Secret } from '../settings/secret.ts';

/** How an application registered in Entra proves who it is. */
export type ApplicationSignIn = {
  /** Directory (tenant) id, or a domain of the tenant. */
  readonly tenantId: string;
  /** Application (client) id. */
  readonly clientId: string;
} & (
  | { readonly method: 'secret'; readonly clientSecret: Secret }
  /** PEM file with the certificate and its private key. */
  | { readonly method: 'certificate'; readonly certificateFile: string }
  /** File with a token of another identity provider, such as Kubernetes, which writes it anew before it expires. */
  | { readonly method: 'workload_identity'; readonly tokenFile: string }
);

export type SignIn =
  | ApplicationSignIn
  /** The identity that Azure gives to the machine or service; null: the system-assigned one. */
  | { readonly method: 'managed_identity'; readonly clientId: string | null };
