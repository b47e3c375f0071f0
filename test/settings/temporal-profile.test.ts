import { join } from 'node:path';

import { expect, test } from 'vitest';

import { effectiveValues, toToml } from '../../src/settings/effective-values.ts';
import { loadSettings, SettingsInvalid } from '../../src/settings/load-settings.ts';
import { describeOrigin } from '../../src/settings/problem.ts';
import type { TemporalSettings } from '../../src/settings/settings.ts';
import { TestAuthority } from '../support/test-certificates.ts';
import { folderWith, load, problemsOf } from './settings-folder.ts';

const profiles = `
[profile.default]
address = "default.example:7233"

[profile.staging]
address = "staging.example:7233"
namespace = "staging"
api_key = "staging-key"

[profile.plain]
address = "plain.example:7233"

[profile.plain.tls]
disabled = true
`;
const files = { 'temporal.toml': profiles };
const named = { CHARLIE_TEMPORAL__CONFIG_FILE: 'temporal.toml' };
const staging = { ...named, CHARLIE_TEMPORAL__PROFILE: 'staging' };
const connection = {
  TEMPORAL_ADDRESS: 'shell.example:7233',
  TEMPORAL_NAMESPACE: 'shell',
  TEMPORAL_API_KEY: 'shell-key',
  TEMPORAL_TLS: 'true',
  TEMPORAL_TLS_SERVER_NAME: 'shell.example',
  TEMPORAL_GRPC_META_TEAM: 'shell',
};
const shell = { ...connection, TEMPORAL_PROFILE: 'staging', TEMPORAL_CONFIG_FILE: 'temporal.toml' };

const asEver: Partial<TemporalSettings> = {
  address: 'localhost:7233',
  namespace: 'default',
  profile: null,
  configFile: null,
  apiKey: null,
  tls: null,
  headers: {},
};

function temporal(env: Readonly<Record<string, string>>, more: Readonly<Record<string, string>> = files) {
  const { settings, origins } = load(more, env);
  const where = (key: string): string => describeOrigin(origins.get(`temporal.${key}`)!);
  return { ...settings.temporal, key: settings.temporal.apiKey?.reveal() ?? null, where };
}

test('Without a profile no variable and no file of the temporal CLI counts, whatever the shell holds', () => {
  const home = folderWith({ '.config/temporalio/temporal.toml': profiles });
  expect(load({}).settings.temporal).toMatchObject(asEver);
  expect(
    load(files, { ...shell, HOME: home, XDG_CONFIG_HOME: join(home, '.config') }).settings.temporal,
  ).toMatchObject(asEver);
});

test('A profile gives address, namespace and key, each with where it stands', () => {
  const chosen = temporal(staging);
  expect(chosen).toMatchObject({ address: 'staging.example:7233', namespace: 'staging', key: 'staging-key' });
  expect(chosen.tls).not.toBeNull();
  expect(chosen.where('address')).toBe('temporal.toml:6');
  expect(chosen.where('profile')).toBe('CHARLIE_TEMPORAL__PROFILE');
});

test('What is set by hand goes before the variables of the shell, they before the profile, that before the local stack', () => {
  const stack = { 'temporal.address': 'stack.example:1', 'temporal.namespace': 'stack' };
  const beside = { ...files, '.charlie/stack.json': JSON.stringify({ settings: stack }) };
  const env = { ...staging, TEMPORAL_ADDRESS: 'shell.example:7233', TEMPORAL_NAMESPACE: '' };

  const byShell = temporal(env, beside);
  expect(byShell).toMatchObject({ address: 'shell.example:7233', namespace: 'staging' });
  expect(byShell.where('address')).toBe('TEMPORAL_ADDRESS');
  expect(temporal({ ...env, CHARLIE_TEMPORAL__ADDRESS: 'hand.example:7233' }, beside)).toMatchObject({
    address: 'hand.example:7233',
    namespace: 'staging',
  });
  expect(
    temporal({ ...staging, CHARLIE_TEMPORAL__API_KEY: 'hand-key', TEMPORAL_API_KEY: 'shell-key' }).key,
  ).toBe('hand-key');
  // A profile that leaves the address out does not send its key to the server of the local stack.
  const without = {
    ...beside,
    'temporal.toml': '[profile.bare]\nnamespace = "bare"\napi_key = "bare-key"\n',
  };
  expect(temporal({ ...named, CHARLIE_TEMPORAL__PROFILE: 'bare' }, without).address).toBe('localhost:7233');
});

test('With a file alone the profile is that of TEMPORAL_PROFILE or "default"; with a name alone the file is the one that the CLI uses', () => {
  expect(temporal(named)).toMatchObject({ profile: 'default', address: 'default.example:7233' });
  expect(temporal({ ...named, TEMPORAL_PROFILE: 'staging' })).toMatchObject({
    profile: 'staging',
    namespace: 'staging',
  });

  const byVariable = temporal({
    CHARLIE_TEMPORAL__PROFILE: 'staging',
    TEMPORAL_CONFIG_FILE: 'temporal.toml',
  });
  expect(byVariable.namespace).toBe('staging');
  expect(byVariable.where('config_file')).toBe('TEMPORAL_CONFIG_FILE');
  const home = folderWith({ 'temporalio/temporal.toml': profiles });
  const usual = temporal({ CHARLIE_TEMPORAL__PROFILE: 'staging', XDG_CONFIG_HOME: home }, {});
  expect(usual).toMatchObject({ namespace: 'staging', configFile: join(home, 'temporalio/temporal.toml') });
});

test('The standard variables alone are enough for the profile "default"', () => {
  const chosen = temporal({ CHARLIE_TEMPORAL__PROFILE: 'default', ...connection }, {});
  expect(chosen).toMatchObject({ address: 'shell.example:7233', namespace: 'shell', key: 'shell-key' });
  expect(chosen.tls?.serverName).toBe('shell.example');
  expect(chosen.headers['team']?.reveal()).toBe('shell');
});

test('An API key turns TLS on; beside a profile that turns it off it is refused, wherever it comes from', () => {
  const plain = { ...named, CHARLIE_TEMPORAL__PROFILE: 'plain' };
  expect(temporal(plain).tls).toBeNull();
  expect(
    temporal({ CHARLIE_TEMPORAL__ADDRESS: 'a:1', CHARLIE_TEMPORAL__API_KEY: 'k' }, {}).tls,
  ).not.toBeNull();
  for (const key of [{ CHARLIE_TEMPORAL__API_KEY: 'k' }, { TEMPORAL_API_KEY: 'k' }]) {
    const problems = problemsOf(files, { ...plain, ...key });
    expect(problems).toMatchObject([{ key: 'tls.disabled', file: 'temporal.toml', line: 14 }]);
  }
  expect(problemsOf(files, { ...staging, TEMPORAL_TLS: 'false' })).toMatchObject([
    { variable: 'TEMPORAL_TLS' },
  ]);
});

test('A key without an address of its own is refused: it would go to whatever listens on this machine', () => {
  const stack = JSON.stringify({ settings: { 'temporal.address': 'localhost:17233' } });
  const env = { CHARLIE_TEMPORAL__API_KEY: 'k' };
  expect(problemsOf({ '.charlie/stack.json': stack }, env)).toMatchObject([{ key: 'temporal.address' }]);
});

const broken: [string, Record<string, string>, string, RegExp][] = [
  [
    'a profile that is not there',
    { CHARLIE_TEMPORAL__PROFILE: 'stagin' },
    profiles,
    /"stagin", and temporal\.toml has no/,
  ],
  [
    'TEMPORAL_PROFILE of another file',
    { TEMPORAL_PROFILE: 'prod' },
    profiles,
    /"prod", and temporal\.toml has no/,
  ],
  ['a file without profiles', {}, 'a = 1', /"default", and temporal\.toml has no/],
  ['no TOML', {}, '[profile.default]\napi_key = canary-key', /is not valid TOML/],
  ['a profile that is no table', {}, '[profile]\ndefault = "canary-key"', /is a single value/],
  ['a key that is no text', {}, '[profile.default]\napi_key = 5', /is not a text/],
  ['a key with a line break', {}, '[profile.default]\napi_key = "canary-key\\n"', /not shown/],
  ['a typo', {}, '[profile.default]\nadress = "canary-key"', /is not a known key/],
  ['a typo in TLS', {}, '[profile.default.tls]\nclient_key_pat = "canary-key"', /is not a known key/],
  ['unverified hosts', {}, '[profile.default.tls]\ndisable_host_verification = true', /always checked/],
  [
    'unverified hosts by variable',
    { TEMPORAL_TLS_DISABLE_HOST_VERIFICATION: '1' },
    profiles,
    /always checked/,
  ],
  ['an address without a port', {}, '[profile.default]\naddress = "a.example"', /is "a\.example"/],
  [
    'path and data',
    { TEMPORAL_TLS_SERVER_CA_CERT_DATA: 'x' },
    '[profile.default.tls]\nserver_ca_cert_path = "x"',
    /both/,
  ],
  [
    'a certificate without its key',
    {},
    '[profile.default.tls]\nclient_cert_path = "temporal.toml"',
    /neither client_key_path/,
  ],
  [
    'a certificate that is not there',
    {},
    '[profile.default.tls]\nserver_ca_cert_path = "gone.pem"',
    /gone\.pem, .*ENOENT/,
  ],
  [
    'a certificate that is none',
    {},
    '[profile.default.tls]\nserver_ca_cert_path = "temporal.toml"',
    /no certificate in PEM/,
  ],
  [
    'a header that cannot be sent',
    {},
    '[profile.default.grpc_meta]\nteam = "canary-key\\n"',
    /cannot be sent/,
  ],
  [
    'a header beside the key',
    {},
    '[profile.default]\napi_key = "canary-key"\n[profile.default.grpc_meta]\nauthorization = "canary-key"',
    /beside an API key/,
  ],
];

test.each(broken)('%s is one problem, which names the place and shows no secret', (_, env, toml, message) => {
  const cwd = folderWith({ 'temporal.toml': toml });
  const problems = problemsIn(cwd, { ...named, ...env });
  expect(problems).toHaveLength(1);
  expect(problems[0]?.message).toMatch(message);
  expect(`${problems[0]?.file} ${problems[0]?.variable}`).toMatch(/temporal\.toml|TEMPORAL_/);
  expect(JSON.stringify(problems)).not.toContain('canary-key');
});

test('A file that was named and is not there is the problem, not the profile in it', () => {
  const env = { CHARLIE_TEMPORAL__CONFIG_FILE: 'gone.toml', CHARLIE_TEMPORAL__PROFILE: 'staging' };
  expect(problemsOf({}, env)).toMatchObject([{ file: 'gone.toml', message: 'does not exist' }]);
  expect(problemsOf({}, { CHARLIE_TEMPORAL__PROFILE: 'staging' })).toMatchObject([
    { key: 'temporal.profile', message: 'is "staging", and there is no temporal.toml' },
  ]);
});

test('A client certificate is read with its key, from paths that start at the working directory; a key of another one is refused', async () => {
  const authority = await TestAuthority.create('authority');
  const [client, other] = [await authority.issueClient('worker'), await authority.issueClient('other')];
  const toml = `[profile.default]\naddress = "a.example:7233"\n[profile.default.tls]
server_name = "b.example"
server_ca_cert_path = "ca.pem"
client_cert_path = "client.pem"
client_key_path = "key.pem"\n`;
  const pems = { 'ca.pem': authority.certificate, 'client.pem': client.certificate, 'key.pem': client.key };
  const { tls } = temporal(
    { CHARLIE_TEMPORAL__CONFIG_FILE: 'etc/temporal.toml' },
    { 'etc/temporal.toml': toml, ...pems },
  );
  expect(tls).toMatchObject({
    serverName: 'b.example',
    serverCa: authority.certificate,
    clientCertificate: client.certificate,
  });
  expect(tls?.clientKey?.reveal()).toBe(client.key);

  const mixed = { 'temporal.toml': toml, ...pems, 'key.pem': other.key };
  expect(problemsOf(mixed, named)).toMatchObject([
    {
      key: 'tls.client_key_path',
      file: 'temporal.toml',
      line: 7,
      message: 'is not the key of the client certificate',
    },
  ]);
  const garbled = { 'temporal.toml': toml, ...pems, 'key.pem': 'no key' };
  expect(problemsOf(garbled, named)).toMatchObject([{ message: 'holds no private key in PEM' }]);
});

test('config show masks the key of a profile, and nothing that is printed holds it', () => {
  const loaded = load(files, staging);
  const shown = effectiveValues(loaded).map(toToml).join('\n');
  expect(shown).toContain('temporal.api_key = "********"');
  expect(shown + JSON.stringify(loaded.settings)).not.toContain('staging-key');
});

test('The sample of temporal.toml is valid and holds no secret', () => {
  const root = join(import.meta.dirname, '../..');
  const sample = (profile: string) =>
    loadSettings({
      cwd: root,
      configFile: 'settings.toml',
      env: {
        CHARLIE_TEMPORAL__CONFIG_FILE: 'temporal-config/temporal.toml',
        CHARLIE_TEMPORAL__PROFILE: profile,
      },
    }).settings.temporal;
  expect(sample('local')).toMatchObject({ address: 'localhost:7233', tls: null, apiKey: null });
  expect(sample('cloud')).toMatchObject({ apiKey: null });
  // Its certificates are wherever they are mounted.
  const missing = problemsIn(root, {
    CHARLIE_TEMPORAL__CONFIG_FILE: 'temporal-config/temporal.toml',
    CHARLIE_TEMPORAL__PROFILE: 'production',
  });
  expect(missing.map(({ key }) => key)).toEqual([
    'tls.server_ca_cert_path',
    'tls.client_cert_path',
    'tls.client_key_path',
  ]);
});

test.each([
  ['deployment', 'a.b', '"a-b"'],
  ['deployment', '__a', '"a"'],
  ['build_id', 'feature/x', '"feature-x"'],
])('A %s that Temporal would refuse, %j, is refused with one that it takes', (name, value, suggestion) => {
  const problems = problemsOf({}, { [`CHARLIE_TEMPORAL__${name.toUpperCase()}`]: value });
  expect(problems).toMatchObject([{ key: `temporal.${name}`, suggestion }]);
});

function problemsIn(cwd: string, env: Readonly<Record<string, string>>) {
  try {
    loadSettings({ cwd, env });
  } catch (error) {
    if (error instanceof SettingsInvalid) return error.problems;
    throw error;
  }
  return [];
}
