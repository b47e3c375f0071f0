import type { Variables } from './environment.ts';
import type { Given, Layer } from './given.ts';
import { byDefault } from './problem.ts';

const variables = {
  'scheduler.tenant_id': 'AZURE_TENANT_ID',
  'scheduler.client_id': 'AZURE_CLIENT_ID',
  'sharepoint.federated_token_file': 'AZURE_FEDERATED_TOKEN_FILE',
};

/**
 * What Azure's workload identity webhook puts into a pod's environment. It counts, under all that is set here, only
 * where this sign-in was chosen: such variables may be there for other programs.
 */
export function workloadIdentityVariables(env: Variables, byHand: Layer): Layer {
  const layer = new Map<string, Given>();
  if (byHand.get('sharepoint.sign_in')?.value !== 'workload_identity') return layer;
  for (const [key, variable] of Object.entries(variables)) {
    const value = env[variable] ?? '';
    if (value !== '') layer.set(key, { value, isText: true, origin: { ...byDefault, variable } });
  }
  return layer;
}
