import type { Service, Topology } from '../topology.ts';
import { networksOf } from '../topology.ts';
import { unless } from './unless.ts';

export function isConfined(service: Service): string[] {
  return unless([
    [service.read_only === true, 'its file system can be written'],
    [service.tmpfs?.includes('/tmp') === true, 'has no /tmp'],
    [service.cap_drop?.join() === 'ALL', 'keeps capabilities'],
    [service.security_opt?.includes('no-new-privileges:true') === true, 'may gain privileges'],
    [service.privileged !== true, 'is privileged'],
    [/^[1-9]\d*:[1-9]\d*$/.test(service.user ?? ''), 'does not run as a user by number'],
    [service.deploy?.resources?.limits?.memory !== undefined, 'has no limit of memory'],
    [service.logging?.options?.['max-size'] !== undefined, 'has no limit of its log'],
    [service.logging?.options?.['max-file'] !== undefined, 'has no limit of its logs'],
  ]);
}

export function onlySomeArePublished({ compose }: Topology): string[] {
  return Object.entries(compose.services).flatMap(([name, { ports = [] }]) =>
    ports
      .filter((port) => !['api', 'web-ui'].includes(name) || !port.startsWith('127.0.0.1:'))
      .map((port) => `${name}: publishes ${port}`),
  );
}

/** Workers go to Microsoft; a port of a service that is on internal networks alone cannot be published. */
export function onlySomeGetOut({ compose }: Topology): string[] {
  const out = Object.entries(compose.services)
    .filter(([, service]) => networksOf(service).some((name) => compose.networks[name]?.internal !== true))
    .map(([name]) => name);
  const expected = ['api', 'scheduler', 'web-ui', 'worker'];
  return out.sort().join() === expected.join() ? [] : [`networks: ${out.join(', ')} have a way out`];
}
