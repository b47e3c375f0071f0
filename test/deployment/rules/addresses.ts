import { checkOf, networksOf, type Service, type Topology } from '../topology.ts';
import { commands } from './charlie-commands.ts';
import { unless } from './unless.ts';

/** Every host that its settings name is a service that shares a network with it, or the address of itself. */
export function reachesWhatItNames(service: Service, name: string, { compose, server }: Topology): string[] {
  const stores = Object.values(server.persistence.datastores).map(({ sql }) => sql.connectAddr);
  const values = Object.entries(service.environment ?? {})
    .filter(([key]) => /ADDRESS$|_HOST$|_URL$/.test(key) && !/SITE_URL$|^CHARLIE_API__HOST$/.test(key))
    .map(([, value]) => value);
  const addresses = [...values, ...(name === 'temporal' ? stores : [])].filter((value) => value !== '');
  return addresses.flatMap((address) => {
    const host = address.replace(/^\w+:\/\//, '').replace(/[:/].*$/, '');
    const other = compose.services[host];
    if (other === undefined) return [`names ${host}, which is no service`];
    const shared = networksOf(other).filter((network) => networksOf(service).includes(network));
    return shared.length > 0 ? [] : [`cannot reach ${host}`];
  });
}

export function portsAgree(topology: Topology): string[] {
  return [...temporalPorts(topology), ...postgresPorts(topology), ...otherPorts(topology)];
}

function temporalPorts({ compose, server }: Topology): string[] {
  const rpc = server.services['frontend']?.rpc;
  const addresses = Object.values(compose.services).flatMap(({ environment = {} }) =>
    Object.entries(environment).filter(([key]) => /^(?:CHARLIE_TEMPORAL__|TEMPORAL_)ADDRESS$/.test(key)),
  );
  return unless([
    [
      addresses.every(([, address]) => address === `temporal:${rpc?.grpcPort}`),
      'temporal: others look for it at another port',
    ],
    [rpc?.bindOnIP === '0.0.0.0', 'temporal: its frontend is not for others'],
    [
      checkOf(compose.services['temporal']).includes(`127.0.0.1:${rpc?.httpPort}/`),
      'temporal: is checked at another port',
    ],
  ]);
}

function postgresPorts({ compose: { services }, server }: Topology): string[] {
  const stores = Object.values(server.persistence.datastores).map(({ sql }) => sql.connectAddr);
  const tools = services['temporal-schema']?.environment ?? {};
  return unless([
    [checkOf(services['postgres']).includes('--host=127.0.0.1'), 'postgres: is checked on its socket'],
    [
      [...stores, `${tools['SQL_HOST']}:${tools['SQL_PORT']}`].every((each) => each === 'postgres:5432'),
      'postgres: Temporal looks for it elsewhere',
    ],
  ]);
}

function otherPorts({ compose: { services } }: Topology): string[] {
  const { api, simulator, 'web-ui': ui } = services;
  const served = api?.environment?.['CHARLIE_API__PORT'];
  const inside = ui?.environment?.['TEMPORAL_UI_PORT'];
  const options = commands.get('simulator')?.options ?? [];
  const simulated = options.find(({ long }) => long === '--port')?.defaultValue as number;
  return unless([
    [ui?.ports?.join() === `127.0.0.1:8233:${inside}`, 'web-ui: another port is published'],
    [checkOf(ui).includes(`127.0.0.1:${inside}/`), 'web-ui: is checked at another port'],
    [api?.ports?.join() === `127.0.0.1:8000:${served}`, 'api: another port is published'],
    [checkOf(api).includes(`127.0.0.1:${served}/`), 'api: is checked at another port'],
    [
      simulator?.command?.join(' ').includes(`--host simulator --port ${simulated}`) === true,
      'simulator: listens elsewhere than by default',
    ],
    [checkOf(simulator).includes(`https://simulator:${simulated}/`), 'simulator: is checked elsewhere'],
  ]);
}
