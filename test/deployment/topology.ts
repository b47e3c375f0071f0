import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';

import { parse } from 'yaml';

import { type Instruction, readDockerfile } from './dockerfile.ts';

export const root = join(import.meta.dirname, '../..');

/** What docker-compose.yml says of a service, as far as the tests look at it. */
export interface Service {
  readonly image: string;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly user?: string;
  readonly hostname?: string;
  readonly profiles?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly networks: readonly string[] | Readonly<Record<string, { readonly aliases?: readonly string[] }>>;
  readonly volumes?: readonly string[];
  readonly configs?: readonly { readonly source: string; readonly target: string }[];
  readonly secrets?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string; readonly required?: boolean }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly restart?: string;
  readonly stop_grace_period?: string;
  readonly read_only?: boolean;
  readonly tmpfs?: readonly string[];
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly privileged?: boolean;
  readonly logging?: { readonly options?: Readonly<Record<string, string>> };
  readonly deploy?: {
    readonly replicas?: number;
    readonly resources?: { readonly limits?: { readonly memory?: string } };
  };
}

export interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean } | null>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly configs: Readonly<Record<string, { readonly file: string }>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}

/** temporal-config/server.yaml. */
export interface TemporalServer {
  readonly persistence: {
    readonly datastores: Readonly<
      Record<string, { readonly sql: { readonly connectAddr: string; readonly maxConns: number } }>
    >;
  };
  readonly services: Readonly<
    Record<
      string,
      { readonly rpc: { readonly grpcPort: number; readonly httpPort?: number; readonly bindOnIP: string } }
    >
  >;
  readonly dynamicConfigClient: { readonly filepath: string };
}

export interface Topology {
  readonly compose: Compose;
  readonly dockerfile: readonly Instruction[];
  readonly server: TemporalServer;
}

export type TopologyFile = 'docker-compose.yml' | 'Dockerfile' | 'temporal-config/server.yaml';

/** As it is for a tenant; with `variables` as they would be given by `--env-file`. */
export function readTopology(
  variables: Readonly<Record<string, string | undefined>> = {},
  read: (file: TopologyFile) => string = readFromRoot,
): Topology {
  const compose: unknown = parse(read('docker-compose.yml'), { merge: true });
  return {
    compose: interpolate(compose, variables) as Compose,
    dockerfile: readDockerfile(read('Dockerfile')),
    server: parse(read('temporal-config/server.yaml'), { merge: true }) as TemporalServer,
  };
}

export function readFromRoot(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

export function simulatorVariables(): Readonly<Record<string, string | undefined>> {
  return parseEnv(readFromRoot('temporal-config/simulator.env'));
}

/** Of the check of its health, in one line. */
export function checkOf(service: Service | undefined): string {
  return service?.healthcheck?.test.join(' ') ?? '';
}

export function networksOf({ networks }: Service): string[] {
  return Array.isArray(networks) ? (networks as string[]) : Object.keys(networks);
}

/** Runs until it has succeeded, and others wait for that. */
export function isTask(name: string, { compose }: Topology): boolean {
  return Object.values(compose.services).some(
    ({ depends_on }) => depends_on?.[name]?.condition === 'service_completed_successfully',
  );
}

export function isCharlie(service: Service): boolean {
  return service.build !== undefined;
}

/** Compose knows more forms than `${NAME:-default}`; this file needs no other. */
function interpolate(value: unknown, variables: Readonly<Record<string, string | undefined>>): unknown {
  if (Array.isArray(value)) return value.map((each) => interpolate(each, variables));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [key, interpolate(each, variables)]),
    );
  if (typeof value !== 'string') return value;
  return value.replace(/\$\{(\w+):-([^}]*)\}/g, (_, name: string, fallback: string) => {
    const given = variables[name] ?? '';
    return given === '' ? fallback : given;
  });
}
