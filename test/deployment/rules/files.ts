import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { networksOf, root, type Service, type Topology } from '../topology.ts';
import { unless } from './unless.ts';

export function filesAreThere(
  { configs = [], volumes = [] }: Service,
  _: string,
  { compose }: Topology,
): string[] {
  const problems = configs.flatMap(({ source }) => {
    const file = compose.configs[source]?.file;
    if (file === undefined) return [`the config ${source} is not declared`];
    return existsSync(join(root, file)) ? [] : [`the config ${source} is ${file}, which does not exist`];
  });
  for (const volume of volumes) {
    const [source = ''] = volume.split(':');
    if (!(source in compose.volumes)) problems.push(`the volume ${source} is not declared`);
  }
  return problems;
}

export function secretsAreFiles(service: Service, _: string, { compose }: Topology): string[] {
  const { environment = {}, secrets = [], configs = [] } = service;
  const problems = secrets.flatMap((name) =>
    name in compose.secrets ? [] : [`the secret ${name} is not declared`],
  );
  for (const [name, value] of Object.entries(environment)) {
    if (/PASSWORD|SECRET|(?<!REQUIRE_)TOKEN|API_KEY|DATABASE__URL/.test(name) && !name.endsWith('_FILE'))
      problems.push(`${name} is a secret in the environment`);
    if (/:\/\/[^/]*@/.test(value)) problems.push(`${name} holds a password`);
  }
  const read = configs.map(({ source }) => readIfThere(compose.configs[source]?.file));
  const named = [...read, ...Object.values(environment)].flatMap((text) =>
    [...text.matchAll(/\/run\/secrets\/(\w+)/g)].map(([, name = '']) => name),
  );
  for (const name of new Set(named))
    if (!secrets.includes(name)) problems.push(`is not given the secret ${name}`);
  for (const name of secrets) if (!named.includes(name)) problems.push(`has no use for the secret ${name}`);
  return problems;
}

function readIfThere(file: string | undefined): string {
  if (file === undefined || !existsSync(join(root, file))) return '';
  return readFileSync(join(root, file), 'utf8');
}

export function everythingIsUsed({ compose }: Topology): string[] {
  const services = Object.values(compose.services);
  const used = {
    configs: services.flatMap(({ configs = [] }) => configs.map(({ source }) => source)),
    secrets: services.flatMap(({ secrets = [] }) => secrets),
    volumes: services.flatMap(({ volumes = [] }) => volumes.map((volume) => volume.split(':')[0])),
    networks: services.flatMap(networksOf),
  };
  return (['configs', 'secrets', 'volumes', 'networks'] as const).flatMap((kind) =>
    Object.keys(compose[kind])
      .filter((name) => !used[kind].includes(name))
      .map((name) => `${kind}: nothing uses ${name}`),
  );
}

export function workersShareTheirFiles({ compose: { services } }: Topology): string[] {
  const folders = {
    CHARLIE_SCHEDULER__INGESTION_DIR: '/data/incoming',
    CHARLIE_REPORTS__DIR: '/data/reports',
  };
  return ['scheduler', 'worker'].flatMap((name) =>
    Object.entries(folders)
      .filter(([key, folder]) => {
        const { environment, volumes = [] } = services[name] ?? {};
        return environment?.[key] !== folder || !volumes.some((volume) => volume.endsWith(`:${folder}`));
      })
      .map(([key]) => `${name}: ${key} is on no volume`),
  );
}

/** Any number of workers; one of what watches the schedules. */
export function replicasFit({ compose: { services } }: Topology): string[] {
  const replicas = (name: string) => services[name]?.deploy?.replicas ?? 1;
  return unless([
    [replicas('worker') >= 2, 'worker: is alone'],
    [replicas('scheduler') === 1, 'scheduler: more than one would tell of each tick'],
  ]);
}
