import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { argumentsOf, environmentOf, finalStage } from '../dockerfile.ts';
import { isCharlie, root, type Service, type Topology } from '../topology.ts';
import { misunderstood } from './charlie-commands.ts';
import { unless } from './unless.ts';

export function imageIsPinned({ image }: Service): string[] {
  return /:\d+\.\d+(?:\.\d+)?(?:-\w+)?$/.test(image) ? [] : [`the image ${image} has no exact version`];
}

export function imagesAgree({ compose, dockerfile }: Topology): string[] {
  const { version, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    version: string;
    devDependencies: Record<string, string>;
  };
  const problems = Object.entries(compose.services)
    .filter(([, service]) => isCharlie(service) && service.image !== `charlie-reporting:${version}`)
    .map(([name, { image }]) => `${name}: the image ${image} is not of version ${version}`);
  for (const { name, text } of dockerfile) {
    const base = text.split(' ')[0] ?? '';
    if (name === 'FROM' && base !== `node:${devDependencies['node'] ?? ''}-bookworm-slim`)
      problems.push(`Dockerfile: ${base} is not the Node of package.json, ${devDependencies['node'] ?? ''}`);
  }
  const temporal = Object.values(compose.services).flatMap(
    ({ image }) => /^temporalio\/(?:server|admin-tools):(.*)/.exec(image)?.[1] ?? [],
  );
  if (new Set(temporal).size !== 1)
    problems.push('temporal: its tools are of another version than the server');
  return problems;
}

/** What the Dockerfile has to say for any container of it. */
export function imageProblems({ dockerfile }: Topology): string[] {
  const text = (name: string) => finalStage(dockerfile).find((each) => each.name === name)?.text ?? '';
  const problems = unless([
    [/^[1-9]\d*:[1-9]\d*$/.test(text('USER')), 'does not run as a user by number'],
    [environmentOf(dockerfile)['NODE_ENV'] === 'production', 'is not for production'],
    [argumentsOf(dockerfile, 'ENTRYPOINT').join(' ') === 'tini -- charlie', 'npm would swallow signals'],
    [misunderstood(argumentsOf(dockerfile, 'CMD')).length === 0, 'its command does not exist'],
    [misunderstood(argumentsOf(dockerfile, 'HEALTHCHECK').slice(1)).length === 0, 'its check does not exist'],
  ]);
  return problems.map((problem) => `Dockerfile: ${problem}`);
}
