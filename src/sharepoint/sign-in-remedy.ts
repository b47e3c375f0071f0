import type { ApplicationSignIn } from './sign-in.ts';

const proofs = {
  secret: 'scheduler.client_secret',
  certificate: 'sharepoint.client_certificate_file',
  workload_identity: 'sharepoint.federated_token_file',
};

/** What to do about a refused sign-in. `code`: `AADSTS` and digits. */
export function signInRemedy(method: ApplicationSignIn['method'], code: string | null): string {
  return (
    (code === null ? undefined : byCode[code]) ??
    `Check scheduler.tenant_id, scheduler.client_id and ${proofs[method]} against the app registration.`
  );
}

const expiredAssertion =
  'The clock of this machine is wrong, or the token in sharepoint.federated_token_file has expired.';
const federation =
  'Give the application a federated credential with exactly the issuer, the subject and the audience of the token in sharepoint.federated_token_file.';
const tenant = 'Set scheduler.tenant_id to the Directory (tenant) ID that the Entra admin centre shows.';
const tenantOrCloud = `${tenant} A tenant of a national cloud needs sharepoint.cloud.`;

const byCode: Readonly<Record<string, string>> = {
  AADSTS7000215:
    'Set scheduler.client_secret to the Value (not the Secret ID) of a client secret of this application.',
  AADSTS7000222:
    'The client secret has expired: create a new one for this application and set scheduler.client_secret.',
  AADSTS700016:
    'Set scheduler.client_id to the Application (client) ID of an app registration in this tenant.',
  AADSTS700027:
    'Upload the certificate of sharepoint.client_certificate_file to the app registration (Certificates & secrets), or name the one that is there.',
  AADSTS700024: expiredAssertion,
  AADSTS700211: federation,
  AADSTS700212: federation,
  AADSTS700213: federation,
  AADSTS70021: federation,
  AADSTS90002: tenantOrCloud,
  AADSTS900023: tenant,
};
