import { isLoopback } from '../domain/is-loopback.ts';
import type { Layer } from './given.ts';
import type { Problem } from './problem.ts';
import { byDefault } from './problem.ts';
import type { SectionsValues } from './setting-keys.ts';

/** Whoever can reach the API can run everything, unless it asks for tokens. */
export function checkApi({ api }: SectionsValues, all: Layer): Problem[] {
  const problems: Problem[] = [];
  const refuse = (key: string, message: string, accepted: string): void => {
    problems.push({ ...(all.get(key)?.origin ?? byDefault), key, message, accepted, suggestion: null });
  };
  if (!isLoopback(api.host) && !api.requireToken)
    refuse(
      'api.host',
      `is ${JSON.stringify(api.host)}, which other machines can reach, and api.require_token is false`,
      'api.require_token = true beside it, or 127.0.0.1',
    );
  const { tlsCertificateFile: certificate, tlsKeyFile: key } = api;
  if (certificate !== null && key === null)
    refuse('api.tls_certificate_file', 'is set, and api.tls_key_file is not', 'both, or neither');
  if (certificate === null && key !== null)
    refuse('api.tls_key_file', 'is set, and api.tls_certificate_file is not', 'both, or neither');
  return problems;
}
