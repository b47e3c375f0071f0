import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { inspect } from 'node:util';

import { Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { beforeAll, expect, inject, onTestFinished, test } from 'vitest';

import { exitCodeOf } from '../../src/commands/exit-code-of.ts';
import { freePort } from '../../src/local/ports.ts';
import { loadSettings } from '../../src/settings/load-settings.ts';
import { Secret } from '../../src/settings/secret.ts';
import type { TemporalSettings, TemporalTls } from '../../src/settings/settings.ts';
import { connectTo } from '../../src/temporal/connect.ts';
import { quietRuntime } from '../support/quiet-logger.ts';
import { type GatewayOptions, TemporalGateway } from '../support/temporal-gateway.ts';
import { type KeyAndCertificate, TestAuthority } from '../support/test-certificates.ts';

type Connect = (settings: TemporalSettings) => Promise<{ close(): Promise<void> }>;

/** Commands connect with the first, workers with the second; each has TLS and errors of its own. */
const clients: readonly (readonly [name: string, connect: Connect])[] = [
  [
    'the client for Node',
    (settings) => connectTo(settings, (to) => Connection.connect({ ...to, connectTimeout: '1 second' })),
  ],
  ['the client of workers', (settings) => connectTo(settings, (to) => NativeConnection.connect(to))],
];

const canary = 'canary-7f3a9c';
let authority: TestAuthority;
let server: KeyAndCertificate;
let client: KeyAndCertificate;
let stranger: KeyAndCertificate;

beforeAll(async () => {
  quietRuntime();
  authority = await TestAuthority.create('ours');
  server = await authority.issueServer('localhost');
  client = await authority.issueClient('worker');
  stranger = await (await TestAuthority.create('theirs')).issueClient('stranger');
});

async function gateway(options: Partial<GatewayOptions>): Promise<TemporalGateway> {
  const started = await TemporalGateway.start({ upstream: inject('temporalAddress'), server, ...options });
  onTestFinished(() => started[Symbol.asyncDispose]());
  return started;
}

function settings(more: Partial<TemporalSettings>): TemporalSettings {
  const { temporal } = loadSettings({ cwd: import.meta.dirname, env: {} }).settings;
  return { ...temporal, profile: 'production', configFile: '/etc/temporal.toml', ...more };
}

function tls(more: Partial<TemporalTls> = {}): TemporalTls {
  const none = { serverName: null, clientCertificate: null, clientKey: null };
  return { ...none, serverCa: authority.certificate, ...more };
}

function showing({ key, certificate }: KeyAndCertificate): TemporalTls {
  return tls({ clientCertificate: certificate, clientKey: new Secret(key) });
}

async function failure(connect: Connect, to: TemporalSettings): Promise<Error> {
  const error: unknown = await connect(to).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Error)) throw new Error('It connected.');
  return error;
}

test.each(clients)('%s shows its certificate and is let in', async (_, connect) => {
  const guarded = await gateway({ clientCa: authority.certificate });
  const connection = await connect(settings({ address: guarded.address, tls: showing(client) }));
  await connection.close();
  expect(guarded.passed).toBeGreaterThan(0);
});

test.each(clients)('%s sends its API key and its headers with every call', async (_, connect) => {
  const guarded = await gateway({ apiKey: canary });
  const headers = { team: new Secret('reporting') };
  const connection = await connect(
    settings({ address: guarded.address, tls: tls(), apiKey: new Secret(canary), headers }),
  );
  await connection.close();
  expect(guarded).toMatchObject({ refused: 0, lastHeaders: { team: 'reporting' } });
});

test.each(clients)(
  '%s takes a server under another name only when the profile says so',
  async (_, connect) => {
    const other = await gateway({ server: await authority.issueServer('elsewhere.example') });
    const error = await failure(connect, settings({ address: other.address, tls: tls() }));
    expect(error.name).toBe('TemporalServerUntrusted');
    const named = tls({ serverName: 'elsewhere.example' });
    await (await connect(settings({ address: other.address, tls: named }))).close();
  },
);

interface Refusal {
  readonly title: string;
  readonly gateway: () => Partial<GatewayOptions>;
  readonly settings: () => Partial<TemporalSettings>;
  readonly name: string;
  readonly exitCode: number;
  readonly says: RegExp;
}

const refusals: readonly Refusal[] = [
  {
    title: 'no client certificate',
    gateway: () => ({ clientCa: authority.certificate }),
    settings: () => ({ tls: tls() }),
    name: 'TemporalCertificateRefused',
    exitCode: 4,
    says: /certificate required.*client_cert_path/,
  },
  {
    title: 'a client certificate that another authority signed',
    gateway: () => ({ clientCa: authority.certificate }),
    settings: () => ({ tls: showing(stranger) }),
    name: 'TemporalCertificateRefused',
    exitCode: 4,
    says: /refuses the client certificate CN=stranger, valid until .*client_cert_path/,
  },
  {
    title: 'a server whose authority nobody named',
    gateway: () => ({}),
    settings: () => ({ tls: tls({ serverCa: null }) }),
    name: 'TemporalServerUntrusted',
    exitCode: 7,
    says: /not trusted.*server_ca_cert_path/,
  },
  {
    title: 'a server with TLS and settings without',
    gateway: () => ({}),
    settings: () => ({ tls: null }),
    name: 'TemporalTlsMismatch',
    exitCode: 3,
    says: /speaks TLS, and the settings have none/,
  },
  {
    title: "a wrong API key, as a server of one's own refuses it",
    gateway: () => ({ apiKey: 'another' }),
    settings: () => ({ tls: tls(), apiKey: new Secret(canary) }),
    name: 'TemporalAccessRefused',
    exitCode: 4,
    says: /Request unauthorized.*CHARLIE_TEMPORAL__API_KEY_FILE/,
  },
  {
    title: 'a wrong API key, as Temporal Cloud refuses it',
    gateway: () => ({ apiKey: 'another', refusal: 7 }),
    settings: () => ({ tls: tls(), apiKey: new Secret(canary) }),
    name: 'TemporalAccessRefused',
    exitCode: 4,
    says: /may use the namespace "default"/,
  },
  {
    title: 'a key that is refused only where the namespace comes in',
    gateway: () => ({ apiKey: 'another', refusal: 7, openTo: 'GetSystemInfo' }),
    settings: () => ({ tls: tls(), apiKey: new Secret(canary) }),
    name: 'TemporalAccessRefused',
    exitCode: 4,
    says: /may use the namespace "default"/,
  },
  {
    title: 'no API key where one is asked for',
    gateway: () => ({ apiKey: 'another' }),
    settings: () => ({ tls: tls() }),
    name: 'TemporalAccessRefused',
    exitCode: 4,
    says: /There is no API key/,
  },
  {
    title: 'a namespace that is not there',
    gateway: () => ({}),
    settings: () => ({ tls: tls(), namespace: 'nowhere' }),
    name: 'NamespaceNotFound',
    exitCode: 5,
    says: /no namespace "nowhere"/,
  },
];

const each = refusals.flatMap((refusal) =>
  clients.map(([name, connect]) => ({ ...refusal, client: name, connect })),
);

test.each(each)('$title: $client says so', async ({ connect, ...refusal }) => {
  const { address } = await gateway(refusal.gateway());
  const error = await failure(connect, settings({ address, ...refusal.settings() }));

  expect(error).toMatchObject({ name: refusal.name });
  expect(error.message).toMatch(refusal.says);
  expect(error.message).toContain(`${address} (profile "production" of /etc/temporal.toml)`);
  expect(exitCodeOf(error)).toBe(refusal.exitCode);
  expect(inspect(error, { depth: 10 }) + String(error.stack)).not.toContain(canary);
});

test.each(clients)('%s: an address where nobody listens', async (_, connect) => {
  for (const secured of [null, tls()]) {
    const to = settings({ address: `localhost:${await freePort()}`, tls: secured, profile: null });
    const error = await failure(connect, to);
    expect(error).toMatchObject({ name: 'TemporalUnavailable', address: to.address });
    expect(error.message).toMatch(/ECONNREFUSED.*CHARLIE_TEMPORAL__ADDRESS/);
  }
});

test.each(clients)('%s sends an API key to no server without TLS', async (_, connect) => {
  const received: Buffer[] = [];
  const plain = createServer((socket: Socket) => {
    socket
      .on('error', () => undefined)
      .on('data', (data) => {
        received.push(data);
        socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
      });
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void plain.close());
  await once(plain, 'listening');
  const address = `localhost:${(plain.address() as AddressInfo).port}`;
  const env = { CHARLIE_TEMPORAL__ADDRESS: address, CHARLIE_TEMPORAL__API_KEY: canary };
  const { temporal } = loadSettings({ cwd: import.meta.dirname, env }).settings;

  for (const to of [temporal, { ...temporal, tls: null }]) {
    const error = await failure(connect, to);
    expect(error.name).toMatch(/^Temporal(?:TlsMismatch|Unavailable)$/);
  }
  expect(received.length).toBeGreaterThan(0);
  // What begins with 20 to 23 is a record of TLS, which is not established: a handshake, or the alert that ends it.
  expect(received.map(([first = 0]) => first >= 20 && first <= 23)).not.toContain(false);
  expect(Buffer.concat(received).toString('latin1')).not.toContain(canary);
});
