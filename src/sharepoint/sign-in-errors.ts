import { SharePointError } from './errors.ts';

export class CertificateUnusable extends SharePointError {
  override readonly name = 'CertificateUnusable';
  readonly retryable = false;
  readonly file: string;

  /** `problem` is read after the file's name. */
  constructor(file: string, problem: string) {
    super(
      `Nobody can sign in with the certificate ${file}: ${problem}. Let sharepoint.client_certificate_file name a PEM ` +
        'file with a certificate of the app registration, still valid, and its private key (RSA, without a passphrase).',
    );
    this.file = file;
  }
}

export class FederatedTokenUnusable extends SharePointError {
  override readonly name = 'FederatedTokenUnusable';
  readonly retryable = false;
  readonly file: string;

  /** `problem` is read after the file's name. */
  constructor(file: string, problem: string) {
    super(
      `Nobody can sign in with the federated token ${file}: ${problem}. Let sharepoint.federated_token_file name the file ` +
        'that the identity provider keeps fresh; on Kubernetes the workload identity webhook mounts it into pods ' +
        'with the label azure.workload.identity/use: "true".',
    );
    this.file = file;
  }
}

export class ManagedIdentityUnavailable extends SharePointError {
  override readonly name = 'ManagedIdentityUnavailable';
  readonly retryable = false;
  /** Null: the system-assigned one. */
  readonly clientId: string | null;
  /** Scheme, host and port of what was asked for a token; null when nothing was. */
  readonly endpoint: string | null;

  /** `problem` is read after the identity's name. */
  constructor(clientId: string | null, endpoint: string | null, problem: string) {
    const identity =
      clientId === null ? 'the system-assigned managed identity' : `the managed identity ${clientId}`;
    super(
      `There is no token for ${identity}: ${problem}. Assign the identity to the Azure machine or service that this runs on; ` +
        'set scheduler.client_id to the client id of a user-assigned one, and leave it out for the system-assigned one. ' +
        'Outside of Azure choose another sharepoint.sign_in.',
    );
    this.clientId = clientId;
    this.endpoint = endpoint;
  }
}
