import type { Layer } from './given.ts';

export const signInMethods = ['secret', 'certificate', 'managed_identity', 'workload_identity'] as const;

export type SignInMethod = (typeof signInMethods)[number];

const application = ['scheduler.client_id', 'scheduler.tenant_id'];

/** What each needs; the keys of its proof, which no other has, come last. */
export const neededBy: Readonly<Record<SignInMethod, readonly string[]>> = {
  secret: [...application, 'scheduler.client_secret'],
  certificate: [...application, 'sharepoint.client_certificate_file'],
  managed_identity: [],
  workload_identity: [...application, 'sharepoint.federated_token_file'],
};

/** Those whose proof is set. A managed identity has none, and has to be chosen. */
export function provenBy(layer: Layer): SignInMethod[] {
  return signInMethods.filter((method) => layer.has(neededBy[method].at(-1) ?? ''));
}

/** As chosen, else by the proof that is set; with none of them by secret. */
export function signInMethod(layer: Layer): SignInMethod {
  const chosen = signInMethods.find((method) => method === layer.get('sharepoint.sign_in')?.value);
  return chosen ?? provenBy(layer)[0] ?? 'secret';
}
