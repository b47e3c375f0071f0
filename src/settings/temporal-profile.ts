import { type ClientConfigProfile, loadClientConfigProfile } from '@temporalio/envconfig';

import type { Given, Layer, Reader } from './given.ts';
import type { Origin, Problem } from './problem.ts';
import { Secret } from './secret.ts';
import type { TemporalSettings } from './settings.ts';
import { isTable } from './table.ts';
import type { ProfileFile, ProfilePlaces } from './temporal-profile-file.ts';
import { chooseProfile, fromVariable, readProfileFile } from './temporal-profile-file.ts';
import { checkProfileShape } from './temporal-profile-shape.ts';
import { readTls } from './temporal-tls.ts';

/** What the chosen profile says: temporal.toml, and the variables TEMPORAL_* over it. */
export interface TemporalProfile extends Pick<TemporalSettings, 'tls' | 'headers'> {
  /** Absolute; null without a file. */
  readonly path: string | null;
  readonly layer: Layer;
}

interface ProfileReader {
  readonly cwd: string;
  /** Of a key of the profile, whichever of file and environment gave it. */
  readonly originOf: (key: string) => Origin;
  readonly problems: Problem[];
}

/** Null when the settings choose none, or after adding the problems of the one that they choose. */
export function readTemporalProfile(
  byHand: Layer,
  { cwd, env }: Omit<ProfilePlaces, 'base'>,
  { base, problems }: Reader,
): TemporalProfile | null {
  const choice = chooseProfile(byHand, { cwd, env, base });
  if (choice === null) return null;
  const isAddressKnown = byHand.has('temporal.address') || fromVariable('TEMPORAL_ADDRESS', env) !== null;
  const file = readProfileFile(choice, isAddressKnown, cwd, problems);
  const name = choice.name.value;
  const profile = file === null ? null : loadProfile(name, file, env, problems);
  if (file === null || profile === null) return null;

  const originOf = (key: string): Origin =>
    fromVariable(variableOf(key), env)?.origin ?? file.originOf(`profile.${name}.${key}`);
  const reader: ProfileReader = { cwd, originOf, problems };
  if (isUnverified(file.table, env)) {
    const message = "is set, and the server's certificate is always checked";
    const accepted =
      'server_ca_cert_path with the authority that signed it, server_name with the name that it is for';
    refuse('tls.disable_host_verification', message, accepted, reader);
  }
  checkKeyed(profile, byHand.has('temporal.api_key') || profile.apiKey !== undefined, reader);
  const layer = new Map<string, Given>([['temporal.profile', choice.name], ...connection(profile, reader)]);
  if (choice.file !== null) layer.set('temporal.config_file', choice.file);
  return {
    path: choice.file?.value ?? null,
    layer,
    tls: profile.tls === undefined || profile.tls.disabled === true ? null : readTls(profile.tls, reader),
    headers: readHeaders(profile.grpcMeta ?? {}, reader),
  };
}

/** By Temporal's own library: a profile means here what it means to the `temporal` CLI. */
function loadProfile(
  name: string,
  { table, text, originOf }: ProfileFile,
  env: ProfilePlaces['env'],
  problems: Problem[],
): ClientConfigProfile | null {
  const before = problems.length;
  const path = `profile.${name}`;
  if (table !== null) checkProfileShape(table, path, originOf, problems);
  if (problems.length > before) return null;
  const overrideEnvVars = standardVariables(env);
  try {
    return loadClientConfigProfile(
      table === null
        ? { disableFile: true, overrideEnvVars }
        : { profile: name, configSource: { data: text }, overrideEnvVars },
    );
  } catch (error) {
    const message = `cannot be used: ${error instanceof Error ? error.message : String(error)}`;
    problems.push({ ...originOf(path), key: path, message, accepted: null, suggestion: null });
    return null;
  }
}

/** An empty variable counts as not set, as everywhere here. */
function standardVariables(env: ProfilePlaces['env']): Record<string, string> {
  const set = Object.entries(env).filter(([name, value]) => name.startsWith('TEMPORAL_') && value !== '');
  return Object.fromEntries(set.map(([name, value]) => [name, value ?? '']));
}

function variableOf(key: string): string {
  const name = key === 'tls.disabled' ? 'tls' : key;
  return `TEMPORAL_${name.replace(/[.-]/g, '_').toUpperCase()}`;
}

function* connection(
  { address, namespace, apiKey }: ClientConfigProfile,
  { originOf }: ProfileReader,
): Iterable<[string, Given]> {
  for (const [name, value] of Object.entries({ address, namespace, api_key: apiKey }))
    if (value !== undefined) yield [`temporal.${name}`, { value, isText: true, origin: originOf(name) }];
}

/** envconfig for TypeScript leaves this key out without a word. */
function isUnverified(table: ProfileFile['table'], env: ProfilePlaces['env']): boolean {
  const byVariable = fromVariable(variableOf('tls.disable_host_verification'), env)?.value;
  if (byVariable !== undefined) return byVariable === '1' || byVariable === 'true';
  return isTable(table?.['tls']) && table['tls']['disable_host_verification'] === true;
}

function checkKeyed({ tls, grpcMeta }: ClientConfigProfile, isKeyed: boolean, reader: ProfileReader): void {
  if (!isKeyed) return;
  if (tls?.disabled === true) {
    const message = 'turns TLS off, and there is an API key, which is never sent without it';
    refuse('tls.disabled', message, 'TLS, or no API key', reader);
  }
  if (grpcMeta?.['authorization'] !== undefined) {
    const message = 'is set beside an API key, which is sent under the same name';
    refuse('grpc_meta.authorization', message, 'one of the two', reader);
  }
}

function readHeaders(
  headers: Readonly<Record<string, string>>,
  reader: ProfileReader,
): Record<string, Secret> {
  for (const [name, value] of Object.entries(headers)) {
    if (/^[\w.-]+(?<!-bin)$/.test(name) && /^[\x20-\x7e]*$/.test(value)) continue;
    const message = 'cannot be sent (its value is not shown)';
    refuse(
      `grpc_meta.${name}`,
      message,
      'a name in a-z, 0-9, _, - and ., and a value in printable ASCII',
      reader,
    );
  }
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, new Secret(value)]));
}

function refuse(
  name: string,
  message: string,
  accepted: string,
  { originOf, problems }: ProfileReader,
): void {
  problems.push({ ...originOf(name), key: name, message, accepted, suggestion: null });
}
