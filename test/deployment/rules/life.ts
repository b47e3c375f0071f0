import { argumentsOf } from '../dockerfile.ts';
import { checkOf, isCharlie, isTask, type Service, type Topology } from '../topology.ts';
import { misunderstood } from './charlie-commands.ts';
import { unless } from './unless.ts';

export function commandExists(service: Service): string[] {
  return isCharlie(service) ? misunderstood(service.command ?? []) : [];
}

/** Programs that the images are known to have, beside `charlie`. */
const checkers = ['pg_isready', 'wget', 'env', 'node'];

export function healthIsChecked(service: Service, name: string, topology: Topology): string[] {
  if (isTask(name, topology)) return service.restart === 'on-failure:10' ? [] : ['does not try again'];
  return [
    ...unless([
      [service.restart === 'unless-stopped', 'is not restarted'],
      [service.stop_grace_period !== undefined, 'has no stop_grace_period'],
    ]),
    ...checkExists(service),
    ...(works(service) ? checkIsOfTheImage(service, topology) : []),
  ];
}

function checkExists({ healthcheck }: Service): string[] {
  const [form, program = '', ...args] = healthcheck?.test ?? [];
  if (form !== 'CMD') return ['has no health check'];
  if (program === 'charlie') return misunderstood(args);
  return checkers.includes(program) ? [] : [`has no ${program} to check its health with`];
}

function checkIsOfTheImage(service: Service, { dockerfile }: Topology): string[] {
  const inImage = ['CMD', ...argumentsOf(dockerfile, 'HEALTHCHECK')].join(' ');
  return checkOf(service) === inImage ? [] : ['is not checked as the image says'];
}

function works(service: Service): boolean {
  return isCharlie(service) && ['run', 'worker'].includes(service.command?.[0] ?? '');
}

export function waitsForWhatItNeeds(
  { depends_on = {} }: Service,
  _: string,
  { compose }: Topology,
): string[] {
  return Object.entries(depends_on).flatMap(([name, { condition, required }]) => {
    const other = compose.services[name];
    if (other === undefined) return [`waits for ${name}, which is no service`];
    if (condition === 'service_healthy' && other.healthcheck === undefined)
      return [`waits for the health of ${name}, which has no check`];
    if (other.profiles !== undefined && required !== false) return [`needs ${name}, which may be left out`];
    return [];
  });
}
