import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { beforeAll, expect, inject, onTestFinished, test } from 'vitest';

import { type CommandResult, charlie, execute, outerEnvironment } from '../support/charlie.ts';
import { createNamespace } from '../support/namespace.ts';
import { Pipeline } from '../support/pipeline.ts';
import { manySales, salesCsv, salesToml } from '../support/sales.ts';
import { type GatewayOptions, TemporalGateway } from '../support/temporal-gateway.ts';
import { type KeyAndCertificate, TestAuthority } from '../support/test-certificates.ts';

const program = fileURLToPath(new URL('../../bin/charlie.js', import.meta.url));
const apiKey = 'canary-41d8e0';
const wrongKey = 'canary-wrong-95b2';

let authority: TestAuthority;
let client: KeyAndCertificate;
let stranger: KeyAndCertificate;

beforeAll(async () => {
  authority = await TestAuthority.create('ours');
  client = await authority.issueClient('worker');
  stranger = await (await TestAuthority.create('theirs')).issueClient('stranger');
});

interface Secured {
  readonly pipeline: Pipeline;
  readonly gateway: TemporalGateway;
  /** Of a process whose one way to Temporal is the profile. */
  readonly surroundings: { readonly cwd: string; readonly env: Readonly<Record<string, string>> };
}

/** The product, and a profile that leads through a guarded gateway to a namespace of its own. */
async function start(guard: Partial<GatewayOptions>, shown: KeyAndCertificate | null): Promise<Secured> {
  const server = await authority.issueServer('localhost');
  const gateway = await TemporalGateway.start({ upstream: inject('temporalAddress'), server, ...guard });
  const pipeline = await Pipeline.start({
    toml: salesToml,
    worker: false,
    env: { CHARLIE_TEMPORAL__NAMESPACE: await createNamespace(), CHARLIE_SCHEDULER__LOG_LEVEL: 'DEBUG' },
  });
  onTestFinished(async () => {
    await pipeline[Symbol.asyncDispose]();
    await gateway[Symbol.asyncDispose]();
  });
  const profile = `[profile.guarded]
address = "${gateway.address}"
namespace = "${pipeline.settings.temporal.namespace}"
[profile.guarded.tls]
server_ca_cert_path = "ca.pem"
${shown === null ? '' : 'client_cert_path = "client.pem"\nclient_key_path = "client-key.pem"'}
`;
  const files = {
    'temporal.toml': profile,
    'ca.pem': authority.certificate,
    'client.pem': shown?.certificate,
  };
  for (const [name, text] of Object.entries({
    ...files,
    'client-key.pem': shown?.key,
    'api-key': `${apiKey}\n`,
  }))
    if (text !== undefined) await writeFile(join(pipeline.dir, name), text);
  const byProfile = { CHARLIE_TEMPORAL__PROFILE: 'guarded', CHARLIE_TEMPORAL__CONFIG_FILE: 'temporal.toml' };
  const env = {
    ...pipeline.env,
    CHARLIE_TEMPORAL__ADDRESS: '',
    CHARLIE_TEMPORAL__NAMESPACE: '',
    ...byProfile,
  };
  return { pipeline, gateway, surroundings: { cwd: pipeline.dir, env } };
}

function serverOf({ gateway, surroundings }: Pick<Secured, 'gateway' | 'surroundings'>): string {
  return `${gateway.address} (profile "guarded" of ${join(surroundings.cwd, 'temporal.toml')})`;
}

interface Work {
  readonly triggered: CommandResult;
  readonly doctor: CommandResult;
  /** Everything that any of the processes has written. */
  readonly written: string;
}

/** `charlie run`, and beside it a run of the sync job that another process asks for. */
async function work(cwd: string, env: Readonly<Record<string, string>>): Promise<Work> {
  const child = spawn(process.execPath, [program, 'run'], { cwd, env: { ...outerEnvironment(), ...env } });
  onTestFinished(() => void child.kill('SIGKILL'));
  let log = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data: Buffer) => {
      log += data.toString();
    });
  const ended = new Promise((resolve) => child.once('close', resolve));
  await expect.poll(() => log, { timeout: 60_000 }).toContain('"Worker started"');
  const triggered = await charlie(['trigger', '--output', 'json'], { cwd, env });
  const doctor = await charlie(['doctor'], { cwd, env });
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
  return { triggered, doctor, written: [log, JSON.stringify(triggered), JSON.stringify(doctor)].join('\n') };
}

test('a whole run goes through client certificates, worker, commands and the CLI of Temporal alike', async () => {
  const { pipeline, gateway, surroundings } = await start({ clientCa: authority.certificate }, client);
  pipeline.simulator.library.put('sales.csv', salesCsv(manySales(3)));

  const { triggered, doctor } = await work(surroundings.cwd, surroundings.env);

  expect(JSON.parse(triggered.stdout)).toMatchObject({ status: 'succeeded', ingested: 1, rowsLoaded: 3 });
  expect(doctor.stdout).toContain(`✔ Temporal    ${serverOf({ gateway, surroundings })}, namespace`);
  const args = ['workflow', 'count', '--config-file', 'temporal.toml', '--profile', 'guarded'];
  const counted = await execute(inject('temporalBinary'), args, { cwd: surroundings.cwd, env: {} });
  expect(counted).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^Total: \d+\n/) as string });
  expect(gateway.passed).toBeGreaterThan(10);
});

test('charlie up takes the server of the profile, and starts none of its own', async () => {
  const { pipeline, gateway, surroundings } = await start({ clientCa: authority.certificate }, client);
  pipeline.simulator.library.put('sales.csv', salesCsv(manySales(3)));

  const cycle = await charlie(['up', '--once'], surroundings);

  expect(cycle, cycle.stderr).toMatchObject({ exitCode: 0 });
  expect(cycle.stderr).not.toMatch(/✔ Temporal/);
  expect(gateway.passed).toBeGreaterThan(10);
});

test('a whole run goes through an API key, which no log, no output and no history ever shows', async () => {
  const { pipeline, gateway, surroundings } = await start({ apiKey }, null);
  pipeline.simulator.library.put('sales.csv', salesCsv(manySales(3)));
  const env = { ...surroundings.env, CHARLIE_TEMPORAL__API_KEY_FILE: 'api-key' };

  const { triggered, doctor, written } = await work(surroundings.cwd, env);

  expect(JSON.parse(triggered.stdout)).toMatchObject({ status: 'succeeded', ingested: 1, rowsLoaded: 3 });
  expect(doctor.stdout).toContain(`✔ Temporal    ${serverOf({ gateway, surroundings })}, namespace`);
  expect(gateway).toMatchObject({ refused: 0, lastHeaders: { authorization: `Bearer ${apiKey}` } });
  const shown = await charlie(['config', 'show', '--origin'], { ...surroundings, env });
  expect(shown.stdout).toContain('temporal.api_key = "********"');
  const histories: unknown[] = [];
  for await (const run of pipeline.client.workflow.list())
    histories.push(await pipeline.client.workflow.getHandle(run.workflowId).fetchHistory());
  expect(histories.length).toBeGreaterThan(0);
  expect(written + shown.stdout + JSON.stringify(histories)).not.toContain(apiKey);
});

test('a wrong API key ends worker and commands with one message, which names profile and file and not the key', async () => {
  const { gateway, surroundings } = await start({ apiKey }, null);
  const env = { ...surroundings.env, CHARLIE_TEMPORAL__API_KEY: wrongKey };
  for (const command of ['worker', 'trigger']) {
    const { exitCode, stdout, stderr } = await charlie([command], { ...surroundings, env });
    expect([command, exitCode]).toEqual([command, 4]);
    const server = serverOf({ gateway, surroundings });
    expect(stderr).toContain(`charlie: The Temporal server at ${server} refuses access`);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stdout + stderr).not.toContain(wrongKey);
  }
  const doctor = await charlie(['doctor'], { ...surroundings, env });
  expect(doctor).toMatchObject({ exitCode: 7 });
  expect(doctor.stdout).toMatch(/✘ Temporal {4}The Temporal server at .* refuses access/);
  expect(JSON.stringify(doctor)).not.toContain(wrongKey);
});

test('a certificate of another authority ends worker and commands with one message', async () => {
  const { surroundings } = await start({ clientCa: authority.certificate }, stranger);
  for (const command of ['worker', 'trigger']) {
    const { exitCode, stderr } = await charlie([command], surroundings);
    expect([command, exitCode]).toEqual([command, 4]);
    expect(stderr).toMatch(/^charlie: .*profile "guarded" of .*refuses the client certificate CN=stranger/);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  }
});
