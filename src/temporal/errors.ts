import { X509Certificate } from 'node:crypto';

import type { TemporalSettings } from '../settings/settings.ts';
import { describeServer } from './describe-server.ts';

/** Thrown when no Temporal server answers at the address of the settings. */
export class TemporalUnavailable extends Error {
  override readonly name = 'TemporalUnavailable';
  readonly address: string;

  constructor(settings: TemporalSettings, said: string, options?: ErrorOptions) {
    const remedy =
      settings.profile === null
        ? 'Start one (`charlie up` does), or set CHARLIE_TEMPORAL__ADDRESS to where yours is: without ' +
          'CHARLIE_TEMPORAL__PROFILE, TEMPORAL_ADDRESS does not count.'
        : 'Start it, or correct the address of the profile.';
    super(`No Temporal server answers at ${describeServer(settings)} (${said}). ${remedy}`, options);
    this.address = settings.address;
  }
}

/** Thrown when the server has no such namespace. */
export class NamespaceNotFound extends Error {
  override readonly name = 'NamespaceNotFound';
  readonly namespace: string;

  constructor(settings: TemporalSettings, options?: ErrorOptions) {
    const { namespace } = settings;
    super(
      `The Temporal server at ${describeServer(settings)} has no namespace "${namespace}". ` +
        `Create it (temporal operator namespace create ${namespace}), or set CHARLIE_TEMPORAL__NAMESPACE to one that it has.`,
      options,
    );
    this.namespace = namespace;
  }
}

/** Thrown when the server does not let in who calls: the API key is wrong or missing, or has no right to the namespace. */
export class TemporalAccessRefused extends Error {
  override readonly name = 'TemporalAccessRefused';
  readonly address: string;
  readonly namespace: string;

  constructor(settings: TemporalSettings, said: string) {
    const remedy =
      settings.apiKey === null
        ? 'There is no API key: set CHARLIE_TEMPORAL__API_KEY_FILE, or api_key of the profile.'
        : `Check the API key (CHARLIE_TEMPORAL__API_KEY_FILE, or api_key of the profile): whether it is whole, has not ` +
          `expired, and may use the namespace "${settings.namespace}".`;
    super(`The Temporal server at ${describeServer(settings)} refuses access (${said}). ${remedy}`);
    this.address = settings.address;
    this.namespace = settings.namespace;
  }
}

/** Thrown when the server ends the connection over our client certificate, or over there being none. */
export class TemporalCertificateRefused extends Error {
  override readonly name = 'TemporalCertificateRefused';
  readonly address: string;
  /** Its subject; null: none was shown. */
  readonly certificate: string | null;

  constructor(settings: TemporalSettings, said: string, options?: ErrorOptions) {
    const pem = settings.tls?.clientCertificate ?? null;
    const shown = pem === null ? null : new X509Certificate(pem);
    super(
      shown === null
        ? `The Temporal server at ${describeServer(settings)} ends the connection (${said}): it asks for a client certificate. ` +
            'Set client_cert_path and client_key_path in the [tls] of the profile.'
        : `The Temporal server at ${describeServer(settings)} ends the connection (${said}): it refuses the client certificate ` +
            `${oneLine(shown.subject)}, valid until ${shown.validTo}. Set client_cert_path and client_key_path of the profile ` +
            'to one that an authority of the server has signed.',
      options,
    );
    this.address = settings.address;
    this.certificate = shown === null ? null : oneLine(shown.subject);
  }
}

/** Thrown when we do not trust the server's certificate. */
export class TemporalServerUntrusted extends Error {
  override readonly name = 'TemporalServerUntrusted';
  readonly address: string;

  constructor(settings: TemporalSettings, said: string, options?: ErrorOptions) {
    super(
      `The certificate of the Temporal server at ${describeServer(settings)} is not trusted (${said}). In the [tls] of the profile, ` +
        'set server_ca_cert_path to the authority that signed it, and server_name when it is for another name.',
      options,
    );
    this.address = settings.address;
  }
}

/** Thrown when one side speaks TLS and the other does not. */
export class TemporalTlsMismatch extends Error {
  override readonly name = 'TemporalTlsMismatch';
  readonly address: string;

  constructor(settings: TemporalSettings, options?: ErrorOptions) {
    super(
      settings.tls === null
        ? `The server at ${describeServer(settings)} speaks TLS, and the settings have none. Choose a profile with [tls] ` +
            '(CHARLIE_TEMPORAL__PROFILE), or set an API key.'
        : `The server at ${describeServer(settings)} does not speak TLS, which the profile or the API key asks for. ` +
            'Correct the address; for a server without TLS, choose a profile without [tls] and API key.',
      options,
    );
    this.address = settings.address;
  }
}

/** OpenSSL puts each part of a subject on a line of its own. */
function oneLine(subject: string): string {
  return subject.replaceAll('\n', ', ');
}
