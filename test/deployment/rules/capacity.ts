import { connectionsPerProcess } from '../../../src/database/connection.ts';
import { environmentOf } from '../dockerfile.ts';
import { isCharlie, type Topology } from '../topology.ts';

/** Each of Temporal's services has pools of its own. */
export function connectionsSuffice({ compose, server }: Topology): string[] {
  const processes = Object.values(compose.services)
    .filter((service) => isCharlie(service) && service.profiles === undefined)
    .reduce((sum, { deploy }) => sum + (deploy?.replicas ?? 1), 0);
  const stores = Object.values(server.persistence.datastores).reduce((sum, { sql }) => sum + sql.maxConns, 0);
  const needed = connectionsPerProcess * processes + Object.keys(server.services).length * stores;
  const [, most = '100'] =
    /max_connections=(\d+)/.exec(compose.services['postgres']?.command?.join(' ') ?? '') ?? [];
  // Some are left for people, backups and more workers.
  return needed + 30 <= Number(most) ? [] : [`postgres: ${most} connections are too few for ${needed}`];
}

const units: Readonly<Record<string, number>> = { m: 1, g: 1024 };

export function heapFits({ compose, dockerfile }: Topology): string[] {
  const [, heap = ''] =
    /^--max-old-space-size=(\d+)$/.exec(environmentOf(dockerfile)['NODE_OPTIONS'] ?? '') ?? [];
  return Object.entries(compose.services).flatMap(([name, service]) => {
    const [, size = '', unit = ''] =
      /^(\d+)([mg])$/.exec(service.deploy?.resources?.limits?.memory ?? '') ?? [];
    const limit = Number(size) * (units[unit] ?? 0);
    return !isCharlie(service) || Number(heap || Infinity) <= limit / 2
      ? []
      : [`${name}: a heap of ${heap || 'any'} MiB in a container of ${limit}`];
  });
}
