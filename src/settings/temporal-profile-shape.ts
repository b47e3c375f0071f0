import { nearest } from './nearest.ts';
import type { Origin, Problem } from './problem.ts';
import type { Table } from './table.ts';
import { isTable } from './table.ts';

type Kind = 'a text' | 'true or false' | 'a table';

/** The standard's keys. https://docs.temporal.io/develop/environment-configuration */
const profileKeys: Readonly<Record<string, Kind>> = {
  address: 'a text',
  namespace: 'a text',
  api_key: 'a text',
  tls: 'a table',
  codec: 'a table',
  grpc_meta: 'a table',
};
const tlsKeys: Readonly<Record<string, Kind>> = {
  disabled: 'true or false',
  disable_host_verification: 'true or false',
  server_name: 'a text',
  server_ca_cert_path: 'a text',
  server_ca_cert_data: 'a text',
  client_cert_path: 'a text',
  client_cert_data: 'a text',
  client_key_path: 'a text',
  client_key_data: 'a text',
};

/**
 * Adds what envconfig would take for something else, or leave out without a word. A key that is no near miss of a
 * known one is left to other programs, which share the file.
 */
export function checkProfileShape(
  profile: Table,
  path: string,
  originOf: (key: string) => Origin,
  problems: Problem[],
): void {
  checkTable(profile, profileKeys);
  if (isTable(profile['tls'])) checkTable(profile['tls'], tlsKeys, 'tls.');
  if (isTable(profile['grpc_meta'])) {
    const names = Object.keys(profile['grpc_meta']);
    checkTable(profile['grpc_meta'], Object.fromEntries(names.map((name) => [name, 'a text'])), 'grpc_meta.');
  }

  function checkTable(table: Table, kinds: Readonly<Record<string, Kind>>, inside = ''): void {
    for (const [name, value] of Object.entries(table)) {
      const key = `${path}.${inside}${name}`;
      const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
      const near = kind === undefined ? nearest(name, Object.keys(kinds)) : null;
      if (near !== null) refuse(key, 'is not a known key', Object.keys(kinds).join(', '), near);
      // Never with the value, which may be a secret.
      if (kind !== undefined && !isOf(kind, value)) refuse(key, `is not ${kind}`, kind, null);
    }
  }

  function refuse(key: string, message: string, accepted: string, suggestion: string | null): void {
    problems.push({ ...originOf(key), key, message, accepted, suggestion });
  }
}

function isOf(kind: Kind, value: unknown): boolean {
  if (kind === 'a table') return isTable(value);
  return typeof value === (kind === 'a text' ? 'string' : 'boolean');
}
