import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { loadSettings, SettingsInvalid } from '../../src/settings/load-settings.ts';
import { folderWith, problemsOf, problemsOfToml } from './settings-folder.ts';

const site = `sharepoint_site_url = "https://t.sharepoint.com/sites/S"
sharepoint_folder = "/Docs"
client_id = "c"
client_secret = "s"
tenant_id = "t"
`;

test('Everything that is wrong is reported at once, each with its line, what is accepted and what was meant', () => {
  const problems = problemsOf(
    {
      'settings.toml': `[scheduler]
enabled = "yes"
intervall_minutes = 30
timezone = "Europe/Berln"

[sinc]
lookback = "all"

[datasets.calls]
patterns = ["calls_*.csv"]
columns = { call_id = "texd" }
`,
      '.env': 'CHARLIE_SCHEDULER__MAX_RETRIES=many\n',
    },
    { CHARLIE_TEMPORAL__ADRESS: 'x:1' },
  );
  expect(
    problems.map(({ file, line, variable, key, suggestion }) => [file, line, variable, key, suggestion]),
  ).toEqual([
    ['.env', 1, 'CHARLIE_SCHEDULER__MAX_RETRIES', 'scheduler.max_retries', null],
    ['settings.toml', 2, null, 'scheduler.enabled', null],
    ['settings.toml', 3, null, 'scheduler.intervall_minutes', 'scheduler.interval_minutes'],
    ['settings.toml', 4, null, 'scheduler.timezone', '"Europe/Berlin"'],
    ['settings.toml', 6, null, 'sinc', 'sync'],
    ['settings.toml', 11, null, 'datasets.calls.columns.call_id.type', '"text"'],
    [null, null, 'CHARLIE_TEMPORAL__ADRESS', null, 'CHARLIE_TEMPORAL__ADDRESS'],
  ]);
  expect(problems.every(({ accepted, message }) => accepted !== null && message !== '')).toBe(true);
  expect(problems[0]).toMatchObject({ message: 'is "many"', accepted: 'a whole number from 0 to 9' });
});

test('The error reads as a list, place first', () => {
  const { message } = new SettingsInvalid(problemsOfToml('[scheduler]\ninterval_minutes = "60"\n'));
  expect(message).toBe(`The settings are not valid: 1 problem.

  settings.toml:2
    scheduler.interval_minutes is "60"
    did you mean: 60
    accepted: a whole number from 1 to 10080`);
});

test.each([
  ['scheduler.enabled', '1'],
  ['scheduler.log_level', '"verbose"'],
  ['scheduler.max_retries', '-1'],
  ['scheduler.max_retries', '1.5'],
  ['scheduler.retry_delay_seconds', '90_000'],
  ['scheduler.ingestion_dir', '""'],
  ['scheduler.interval_minutes', '0'],
  ['scheduler.quad_daily_times', '["24:00"]'],
  ['scheduler.quad_daily_times', '["09:05", "09:05"]'],
  ['scheduler.quad_daily_times', '[9]'],
  ['scheduler.quad_daily_times', '"09:05:00"'],
  ['scheduler.timezone', '"+02:00"'],
  ['scheduler.timezone', '"Mars/Olympus"'],
  ['scheduler.timezone', '"BST"'],
  ['scheduler.timezone', '"Bst"'],
  ['scheduler.timezone', '"Asia/kolkata"'],
  ['scheduler.overlap_policy', '"queu"'],
  ['sync.lookback', '"7 days"'],
  ['sync.lookback', '"0m"'],
  ['sync.lookback', '"99999d"'],
  ['sync.since', '"2026-02-30"'],
  ['sync.since', '"yesterday"'],
  ['sync.since', '09:05:00'],
  ['sync.on_changed', '"append"'],
  ['sync.local_files', '"move"'],
  ['watch.directories', '"/srv/dropped"'],
  ['watch.directories', '["/srv/dropped", "/srv/dropped/"]'],
  ['watch.directories', '["data/incoming/quarantine"]'],
  ['watch.directories', '["data/incoming/archive/2026-11-25"]'],
  ['watch.directories', '["dropped", "data/../data/incoming/.sync"]'],
  ['watch.quiet_seconds', '0'],
  ['watch.poll_seconds', '3601'],
  ['sharepoint.graph_url', '"http://graph.microsoft.com"'],
  ['sharepoint.graph_url', '"graph.microsoft.com"'],
  ['sharepoint.authority_url', '"https://login.microsoftonline.com/?x=1"'],
  ['database.url', '"mysql://localhost/x"'],
  ['temporal.address', '"localhost"'],
  ['temporal.address', '"localhost:70000"'],
  ['temporal.namespace', '{ a = 1 }'],
  ['reports.hourly', '"true"'],
  ['logs.dir', '[]'],
])('%s = %s is refused', (key, written) => {
  const [section, name] = key.split('.');
  const problems = problemsOfToml(`[${section}]\n${name} = ${written}\n`);
  expect(problems).toMatchObject([{ key, file: 'settings.toml', line: 2 }]);
});

test.each([
  ['sharepoint_site_url', '"http://t.sharepoint.com/sites/S"', '"https://t.sharepoint.com/sites/S"'],
  [
    'sharepoint_site_url',
    '"https://t.sharepoint.com/sites/S/Shared%20Documents/Forms/AllItems.aspx"',
    '"https://t.sharepoint.com/sites/S"',
  ],
  ['sharepoint_site_url', '"https://t.sharepoint.com/sites/S?web=1"', '"https://t.sharepoint.com/sites/S"'],
  ['sharepoint_folder', '"Shared Documents/Reports"', '"/Shared Documents/Reports"'],
  ['sharepoint_folder', '"/Docs/what?"', null],
])('scheduler.%s = %s is refused; %s is suggested', (name, written, suggestion) => {
  const toml = `[scheduler]\n${site}`.replace(new RegExp(`${name} = .*`), () => `${name} = ${written}`);
  expect(problemsOfToml(toml)).toMatchObject([{ key: `scheduler.${name}`, suggestion }]);
});

test.each(['sharepoint_folder', 'client_id', 'client_secret', 'tenant_id'])(
  'A site without %s is refused',
  (name) => {
    const toml = `[scheduler]\n${site}`.replace(new RegExp(`${name} = .*`), '');
    expect(problemsOfToml(toml)).toMatchObject([{ key: `scheduler.${name}`, line: 2 }]);
  },
);

test('Credentials without a site are refused, also beside a local stack that has one', () => {
  const stack = {
    settings: {
      'scheduler.sharepoint_site_url': 'https://localhost:8443/sites/S',
      'scheduler.sharepoint_folder': '/S',
      'scheduler.client_id': 'c',
      'scheduler.client_secret': 's',
      'scheduler.tenant_id': 't',
    },
  };
  const files = {
    '.charlie/stack.json': JSON.stringify(stack),
    'settings.toml': '[scheduler]\nclient_id = "mine"',
  };
  expect(problemsOf(files)).toMatchObject([
    { key: 'scheduler.sharepoint_site_url', file: 'settings.toml', line: 2 },
  ]);
});

test('A jitter longer than the interval is refused, one as long is not', () => {
  const toml = (jitter: number): string => `[scheduler]\ninterval_minutes = 1\njitter_seconds = ${jitter}\n`;
  expect(problemsOfToml(toml(61))).toMatchObject([
    { key: 'scheduler.jitter_seconds', accepted: 'at most 60' },
  ]);
  expect(problemsOfToml(toml(60))).toEqual([]);
});

test.each([
  ['[scheduler]\nlookback = "all"', 'scheduler.lookback', 'sync.lookback'],
  ['interval_minutes = 60', 'interval_minutes', 'scheduler.interval_minutes'],
  ['[shceduler]\nenabled = true', 'shceduler', 'scheduler'],
  ['[scheduler]\nzzzzzz = 1', 'scheduler.zzzzzz', null],
  ['[scheduler]\nconstructor = 1', 'scheduler.constructor', null],
  ['[constructor]\na = 1', 'constructor', null],
  ['database = "x"', 'database', null],
  ['datasets = 1', 'datasets', null],
])('%j is refused, and the nearest known key named', (toml, key, suggestion) => {
  expect(problemsOfToml(toml)).toMatchObject([{ key, suggestion }]);
});

test('TOML that cannot be read is reported with its line', () => {
  const problems = problemsOfToml('[scheduler]\nenabled = true\nmax_retries = = 3\n');
  expect(problems).toMatchObject([{ file: 'settings.toml', line: 3, key: null }]);
  expect(problems[0]!.message).toContain('not valid TOML');
});

test('The line is found below multi-line values that look like settings', () => {
  const toml = '[sync]\nlookback = """\nrecursive = 1\n[reports]\n"""\nrecursive = 2\n[sync2]\n';
  expect(problemsOfToml(`${toml}[scheduler]\nenabled = 3`)).toMatchObject([
    { key: 'sync.lookback', line: 2 },
    { key: 'sync.recursive', line: 6 },
    { key: 'sync2', line: 7 },
    { key: 'scheduler.enabled', line: 9 },
  ]);
});

test.each([
  ['on the command line', { configFile: 'missing.toml', env: {} }, null],
  ['in the environment', { env: { CHARLIE_CONFIG: 'missing.toml' } }, 'CHARLIE_CONFIG'],
])('A settings file that was named %s has to exist', (_, sources, variable) => {
  expect.assertions(1);
  try {
    loadSettings({ cwd: folderWith({ 'settings.toml': '' }), ...sources });
  } catch (error) {
    expect((error as SettingsInvalid).problems).toMatchObject([
      { file: 'missing.toml', variable, message: 'does not exist' },
    ]);
  }
});

test('A file that is no text, or no file, is reported', () => {
  const cwd = folderWith({});
  mkdirSync(join(cwd, 'settings.toml'));
  mkdirSync(join(cwd, '.env'));
  expect(() => loadSettings({ cwd, env: {} })).toThrow(/EISDIR[^]*EISDIR/);
});

test('A value file that is missing or empty is reported', () => {
  const env = { CHARLIE_DATABASE__URL_FILE: 'no-such-file', CHARLIE_SCHEDULER__CLIENT_SECRET_FILE: 'empty' };
  expect(problemsOf({ empty: '\n', 'settings.toml': '' }, env)).toMatchObject(
    [
      { key: 'database.url', variable: 'CHARLIE_DATABASE__URL_FILE', message: /no-such-file.*ENOENT/ },
      { key: 'scheduler.client_secret', message: /empty/ },
      { key: 'scheduler.sharepoint_site_url' },
    ].map((each) => ({
      ...each,
      ...('message' in each && { message: expect.stringMatching(each.message) as string }),
    })),
  );
});

test('A value and a value file together are refused, but only within one place', () => {
  const both = { CHARLIE_TEMPORAL__NAMESPACE: 'a', CHARLIE_TEMPORAL__NAMESPACE_FILE: 'file' };
  expect(problemsOf({ file: 'b' }, both)).toMatchObject([{ key: 'temporal.namespace' }]);
  expect(
    problemsOf(
      { file: 'b', '.env': 'CHARLIE_TEMPORAL__NAMESPACE_FILE=file' },
      { CHARLIE_TEMPORAL__NAMESPACE: 'a' },
    ),
  ).toEqual([]);
});

test.each([
  ['CHARLIE_SCHEDULER_INTERVAL_MINUTES', 'CHARLIE_SCHEDULER__INTERVAL_MINUTES'],
  ['CHARLIE_DATABASE__URL_FLIE', 'CHARLIE_DATABASE__URL_FILE'],
  ['CHARLIE_CONFG', 'CHARLIE_CONFIG'],
  ['CHARLIE_DATASETS__CALLS__ENABLED', null],
])('The unknown variable %s is refused; %s is suggested', (variable, suggestion) => {
  expect(problemsOf({}, { [variable]: 'x' })).toMatchObject([{ variable, suggestion, file: null }]);
});

test('Variables that are no settings are known', () => {
  const env = { CHARLIE_TEMPORAL_BINARY: '/x' };
  expect(problemsOf({}, env)).toEqual([]);
});

test.each([
  ['no JSON', '{"settings": {"database.url": "postgres://CANARY'],
  ['no settings', '{"pid": 1}'],
  ['an unknown key', '{"settings": {"database.uri": "CANARY"}}'],
  ['a value that is no text', '{"settings": {"database.url": 5}}'],
  ['a value that is not accepted', '{"settings": {"database.url": "CANARY"}}'],
])('A stack file with %s is reported', (_, text) => {
  const problems = problemsOf({ '.charlie/stack.json': text });
  expect(problems).toMatchObject([{ file: '.charlie/stack.json' }]);
  expect(JSON.stringify(problems)).not.toContain('CANARY');
});

test('No problem shows a secret, whatever is wrong with it', () => {
  const files = {
    'settings.toml': `[scheduler]
client_secrt = "CANARY"
client_secret = ["CANARY"]
[sharepoint]
graph_url = "https://user:CANARY@graph.example.com"
[databse]
url = "CANARY"
`,
    '.env': 'CHARLIE_DATABASE__URL=mysql://u:CANARY@h/db\nCHARLIE_DATABASE__PASSWORD=CANARY\n',
  };
  const problems = problemsOf(files);
  expect(problems.map(({ key, variable }) => key ?? variable)).toEqual([
    'database.url',
    'CHARLIE_DATABASE__PASSWORD',
    'scheduler.client_secrt',
    'scheduler.client_secret',
    'scheduler.sharepoint_site_url',
    'sharepoint.graph_url',
    'databse',
  ]);
  const broken = problemsOfToml('[scheduler]\nclient_secret = "CANARY\nenabled = true\n');
  expect(broken).toHaveLength(1);
  expect(new SettingsInvalid([...problems, ...broken]).message).not.toContain('CANARY');
  expect(JSON.stringify([problems, broken])).not.toContain('CANARY');
});

test.each([
  ['interval_minutes = 15', 'generate.endpoints'],
  ['then = "webhook"', 'generate.webhook_url'],
  ['endpoints = ["https://localhost:8443/sim/generate/all?key=1"]', 'generate.endpoints'],
  ['endpoints = ["ftp://localhost/"]', 'generate.endpoints'],
  ['webhook_url = "localhost/hook"', 'generate.webhook_url'],
])('What is generated needs an address, and a whole one: %s', (line, key) => {
  expect(problemsOfToml(`[generate]\n${line}\n`)).toMatchObject([{ key, line: 2 }]);
});

test('a processed folder is asked for when files are to be moved, and is not the one that they come from', () => {
  const [missing, ...others] = problemsOfToml(`[sync]
after_ingest = "move"
`);
  expect(others).toEqual([]);
  expect(missing).toMatchObject({ line: 2, key: 'sync.processed_folder' });
  expect(missing?.message).toContain('sync.after_ingest is "move"');

  const [same] = problemsOfToml(`[scheduler]
${site}
[sync]
after_ingest = "move"
processed_folder = "/docs/"
`);
  expect(same).toMatchObject({ key: 'sync.processed_folder', line: 10 });
});

test('a folder for reports needs a site', () => {
  expect(problemsOfToml('[reports]\nsharepoint_folder = "/Docs/Reports"\n')).toMatchObject([
    { key: 'scheduler.sharepoint_site_url', line: 2 },
  ]);
});
