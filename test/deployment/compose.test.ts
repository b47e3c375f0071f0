import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { loadSettings } from '../../src/settings/load-settings.ts';
import type { Settings } from '../../src/settings/settings.ts';
import { tenantFor } from '../../src/simulator/tenant.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { findProblems } from './find-problems.ts';
import { readFromRoot, readTopology, root, simulatorVariables, type TopologyFile } from './topology.ts';

test.for([
  ['a tenant', {}],
  ['the simulator', simulatorVariables()],
] as const)('the topology fits the code and itself, for %s', ([, variables]) => {
  expect(findProblems(readTopology(variables))).toEqual([]);
});

const compose = 'docker-compose.yml';
const server = 'temporal-config/server.yaml';

/** What is found after the first text in the file was replaced by the second. */
const mistakes: readonly (readonly [problem: string, file: TopologyFile, text: string, by: string])[] = [
  [
    'postgres: the image postgres:latest has no exact version',
    compose,
    'postgres:18.6-bookworm',
    'postgres:latest',
  ],
  [
    'worker: the image charlie-reporting:0.0.9 is not',
    compose,
    'charlie-reporting:0.1.0',
    'charlie-reporting:0.0.9',
  ],
  ['temporal: its tools are of another version', compose, 'admin-tools:1.32.1', 'admin-tools:1.30.0'],
  ['Dockerfile: node:22.1.0-bookworm-slim is not the Node', 'Dockerfile', 'node:24.21.0', 'node:22.1.0'],
  ['Dockerfile: does not run as a user by number', 'Dockerfile', 'USER 1000:1000', 'USER node'],
  ['Dockerfile: is not for production', 'Dockerfile', 'NODE_ENV=production', 'NODE_ENV=development'],
  [
    'Dockerfile: npm would swallow signals',
    'Dockerfile',
    '["tini", "--", "charlie"]',
    '["npm", "run", "charlie"]',
  ],
  ['Dockerfile: its check does not exist', 'Dockerfile', '"--worker"', '"--workers"'],
  ['Dockerfile: its command does not exist', 'Dockerfile', 'CMD ["worker"]', 'CMD ["work"]'],
  ['worker: charlie has no command "work" for it', compose, 'command: [worker]', 'command: [work]'],
  ['scheduler: charlie run does not know "--fast"', compose, 'command: [run]', 'command: [run, --fast]'],
  ['scheduler: has no health check', compose, 'CMD, charlie, doctor', 'CMD-SHELL, charlie, doctor'],
  ['worker: charlie doctor does not know "--workers"', compose, 'doctor, --worker]', 'doctor, --workers]'],
  ['worker: is not checked as the image says', compose, 'doctor, --worker]', 'doctor]'],
  ['temporal: has no curl to check its health with', compose, 'CMD, wget', 'CMD, curl'],
  ['worker: is not restarted', compose, 'restart: unless-stopped', 'restart: "no"'],
  ['temporal-schema: does not try again', compose, 'restart: on-failure:10', 'restart: "no"'],
  ['worker: has no stop_grace_period', compose, 'stop_grace_period', 'x-grace'],
  ['worker: its file system can be written', compose, 'read_only: true', 'read_only: false'],
  ['temporal: has no /tmp', compose, 'tmpfs: [/tmp]', 'tmpfs: [/var/tmp]'],
  ['temporal: keeps capabilities', compose, 'cap_drop: [ALL]', 'cap_drop: [NET_RAW]'],
  ['simulator: may gain privileges', compose, 'no-new-privileges:true', 'no-new-privileges:false'],
  ['worker: is privileged', compose, 'command: [worker]', 'command: [worker]\n    privileged: true'],
  ['postgres: does not run as a user by number', compose, '"999:999"', 'postgres'],
  [
    'temporal: does not run as a user by number',
    compose,
    'user: "1000:1000"\n    command: [temp',
    'command: [temp',
  ],
  ['web-ui: has no limit of memory', compose, 'limits: { memory: 128m }', 'limits: {}'],
  ['worker: has no limit of its log', compose, 'max-size', 'size'],
  ['worker: the config setings is not declared', compose, 'source: settings', 'source: setings'],
  ['temporal: the config dynamic_config is', compose, 'config/dynamic-config.yaml', 'config/gone.yaml'],
  ['worker: the volume outgoing is not declared', compose, '- incoming:', '- outgoing:'],
  ['volumes: nothing uses incoming', compose, '- incoming:', '- outgoing:'],
  ['worker: the secret database is not declared', compose, '[database_url,', '[database,'],
  ['worker: is not given the secret database_url', compose, '[database_url,', '['],
  ['postgres: is not given the secret charlie_password', compose, 'charlie_password, temp', 'temp'],
  ['web-ui: has no use for the secret', compose, '\n    ports:', '\n    secrets: [database_url]\n    ports:'],
  [
    'worker: CHARLIE_DATABASE__URL is a secret in the environment',
    compose,
    'DATABASE__URL_FILE',
    'DATABASE__URL',
  ],
  ['worker: CHARLIE_REPORTS__DIR holds a password', compose, ': /data/reports\n', ': ftp://a:b@reports\n'],
  [
    'worker: waits for database, which is no service',
    compose,
    '\n    postgres:\n      cond',
    '\n    database:\n      cond',
  ],
  [
    'temporal: waits for the health of temporal-schema',
    compose,
    'service_completed_successfully\n    healthcheck',
    'service_healthy\n    healthcheck',
  ],
  ['worker: needs simulator, which may be left out', compose, 'required: false', 'required: true'],
  [
    'worker: names temporal.internal, which is no service',
    compose,
    'ADDRESS: temporal:',
    'ADDRESS: temporal.internal:',
  ],
  ['temporal: names database, which is no service', server, 'postgres:5432', 'database:5432'],
  ['temporal: cannot reach postgres', compose, 'networks: [database, backend]', 'networks: [backend]'],
  ['web-ui: cannot reach temporal', compose, 'networks: [backend, outside]', 'networks: [outside]'],
  ['web-ui: publishes 8233:8080', compose, '127.0.0.1:8233:8080', '8233:8080'],
  [
    'temporal: publishes',
    compose,
    'networks: [database, backend]',
    'networks: [database, backend]\n    ports: ["127.0.0.1:7233:7233"]',
  ],
  ['networks: api, postgres, scheduler, temporal', compose, 'database:\n    internal: true', 'database:'],
  [
    'temporal: others look for it at another port',
    compose,
    'ADDRESS: temporal:7233',
    'ADDRESS: temporal:7234',
  ],
  ['temporal: others look for it at another port', server, 'grpcPort: 7233', 'grpcPort: 7234'],
  ['temporal: is checked at another port', compose, '127.0.0.1:7243/', '127.0.0.1:7233/'],
  ['temporal: its frontend is not for others', server, '0.0.0.0', '127.0.0.1'],
  ['web-ui: another port is published', compose, ':8233:8080', ':8233:8081'],
  ['api: another port is published', compose, ':8000:8000', ':8000:8001'],
  ['api: is checked at another port', compose, '127.0.0.1:8000/livez', '127.0.0.1:8001/livez'],
  ['api: publishes 8000:8000', compose, '127.0.0.1:8000:8000', '8000:8000'],
  ['web-ui: is checked at another port', compose, '127.0.0.1:8080/', '127.0.0.1:8081/'],
  ['simulator: listens elsewhere than by default', compose, '"8443"', '"8444"'],
  ['simulator: is checked elsewhere', compose, 'https://simulator:8443', 'https://localhost:8443'],
  ['postgres: is checked on its socket', compose, '--host=127.0.0.1, ', ''],
  ['postgres: Temporal looks for it elsewhere', compose, 'SQL_PORT: "5432"', 'SQL_PORT: "5433"'],
  ['postgres: 200 connections are too few for 300', compose, 'replicas: 2', 'replicas: 10'],
  ['postgres: 200 connections are too few for 260', server, 'maxConns: 10', 'maxConns: 40'],
  ['worker: CHARLIE_REPORTS__DIR is on no volume', compose, ': /data/reports\n', ': /reports\n'],
  ['worker: is alone', compose, 'replicas: 2', 'replicas: 1'],
  [
    'scheduler: more than one would tell',
    compose,
    'command: [run]\n    deploy:',
    'command: [run]\n    deploy:\n      replicas: 2',
  ],
  ['scheduler: a heap of 768 MiB in a container of 1024', 'Dockerfile', 'space-size=512', 'space-size=768'],
];

test.for(mistakes)('a mistake is found: %s', ([problem, file, text, by]) => {
  expect(readFromRoot(file)).toContain(text);

  const topology = readTopology({}, (each) =>
    each === file ? readFromRoot(each).replace(text, () => by) : readFromRoot(each),
  );

  expect(findProblems(topology).join('\n')).toContain(problem);
});

/** The settings of a service, with secrets that are there. */
async function settingsOf(
  name: string,
  variables: Readonly<Record<string, string | undefined>>,
): Promise<Settings> {
  const { compose: topology } = readTopology(variables);
  const service = topology.services[name];
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'database_url'), 'postgres://charlie:x@postgres:5432/charlie\n');
  await writeFile(join(folder, 'client_secret'), 'a secret\n');
  const env: Record<string, string> = {};
  for (const [key, value] of Object.entries(service?.environment ?? {})) {
    const config = service?.configs?.find(({ target }) => target === value);
    const file = config === undefined ? undefined : topology.configs[config.source]?.file;
    env[key] = file === undefined ? value.replace('/run/secrets/', `${folder}/`) : join(root, file);
  }
  return loadSettings({ cwd: folder, env }).settings;
}

test.for(['scheduler', 'worker', 'api'])(
  '%s has settings that are valid, and time to end in order',
  async (name) => {
    const { services } = readTopology().compose;
    const [, seconds = ''] = /^(\d+)s$/.exec(services[name]?.stop_grace_period ?? '') ?? [];

    const settings = await settingsOf(name, {
      CHARLIE_SCHEDULER__SHAREPOINT_SITE_URL: 'https://yourtenant.sharepoint.com/sites/YourSite',
      CHARLIE_SCHEDULER__SHAREPOINT_FOLDER: '/Shared Documents/Reports',
      CHARLIE_SCHEDULER__TENANT_ID: 'tenant',
      CHARLIE_SCHEDULER__CLIENT_ID: 'client',
    });

    expect(settings.sharepoint.graphUrl).toBe('https://graph.microsoft.com');
    expect(settings.datasets.length).toBeGreaterThan(0);
    // What is under way is waited for, then cancelled, which may take ten seconds more.
    expect(Number(seconds)).toBeGreaterThan(settings.scheduler.shutdownTimeoutSeconds + 10);
  },
);

test("simulator.env names the simulator's tenant", async () => {
  const variables = simulatorVariables();
  const { siteUrl, libraryUrlName, folderName, tenantId, clientId, clientSecret } = tenantFor(1);

  const settings = await settingsOf('worker', variables);

  expect(variables['COMPOSE_PROFILES']).toBe('simulator');
  expect(settings.scheduler).toMatchObject({
    sharepointSiteUrl: siteUrl,
    sharepointFolder: `/${libraryUrlName}/${folderName}`,
    tenantId,
    clientId,
  });
  expect(settings.sharepoint).toMatchObject({
    graphUrl: 'https://simulator:8443',
    authorityUrl: 'https://simulator:8443',
    caFile: '/data/simulator/tls/ca.pem',
  });
  expect(readTopology(variables).compose.secrets['client_secret']?.file).toBe(
    variables['CLIENT_SECRET_FILE'],
  );
  expect(readFromRoot(variables['CLIENT_SECRET_FILE'] ?? '').trim()).toBe(clientSecret);
});

/** `docker compose`, or a program of its own that the variable DOCKER_COMPOSE names. */
const [program = '', ...before] = (process.env['DOCKER_COMPOSE'] ?? 'docker compose').split(' ');
const hasCompose = spawnSync(program, [...before, 'version']).status === 0;

test.for([[], ['--env-file', 'temporal-config/simulator.env'], ['--profile', '*']])(
  'compose itself accepts the file, with "%s"',
  async (flags, { skip }) => {
    if (!hasCompose) {
      const reason = 'No `docker compose` here: set DOCKER_COMPOSE to the path of a docker-compose binary.';
      console.log(reason);
      skip(reason);
    }

    const { status, stderr } = spawnSync(program, [...before, ...flags, 'config', '--quiet'], {
      cwd: root,
      encoding: 'utf8',
    });

    expect(stderr).toBe('');
    expect(status).toBe(0);
  },
);
