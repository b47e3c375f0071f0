import { join } from 'node:path';

import { expect, test } from 'vitest';

import { loadSettings } from '../../src/settings/load-settings.ts';
import { describeOrigin } from '../../src/settings/problem.ts';
import { folderWith, load, loadToml } from './settings-folder.ts';

const schedulerExample = `
[scheduler]
enabled = true
log_level = "INFO"
max_retries = 3
retry_delay_seconds = 60
sharepoint_site_url = "https://yourtenant.sharepoint.com/sites/YourSite"
sharepoint_folder = "/Shared Documents/Reports"
ingestion_dir = "data/incoming"
client_id = "your-app-client-id"
client_secret = "your-app-client-secret"
tenant_id = "your-tenant-id"
interval_minutes = 60               # Fixed interval mode (default)
quad_daily_times = ["09:05","12:05","15:05","18:05"]  # Optional explicit schedule
timezone = "local"                  # or IANA tz (e.g., "America/Chicago")
allow_overlap = false               # Prevent concurrent runs for the same job key
overlap_policy = "skip"            # "skip" (default) or "queue" (run immediately after current finishes)
shutdown_timeout_seconds = 30       # Max wait for in-flight jobs on shutdown
jitter_seconds = 0                  # Random jitter added to interval to avoid thundering herd
`;

const fullSite = `
sharepoint_site_url = "https://real.sharepoint.com/sites/Real"
sharepoint_folder = "/Docs"
client_id = "real-client"
client_secret = "real-secret"
tenant_id = "real-tenant"
`;

const stack = JSON.stringify({
  settings: {
    'database.url': 'postgres://stack@localhost:5432/stack',
    'temporal.address': 'localhost:17233',
    'scheduler.sharepoint_site_url': 'https://localhost:8443/sites/Simulated',
    'scheduler.sharepoint_folder': '/Simulated',
    'scheduler.client_id': 'stack-client',
    'scheduler.client_secret': 'stack-secret',
    'scheduler.tenant_id': 'stack-tenant',
    'sharepoint.graph_url': 'https://localhost:8443',
  },
});

test('The example of the scheduler specification loads as it stands', () => {
  const { settings } = loadToml(schedulerExample);
  expect(settings.scheduler).toMatchObject({
    enabled: true,
    logLevel: 'INFO',
    maxRetries: 3,
    sharepointSiteUrl: 'https://yourtenant.sharepoint.com/sites/YourSite',
    sharepointFolder: '/Shared Documents/Reports',
    clientId: 'your-app-client-id',
    intervalMinutes: 60,
    quadDailyTimes: ['09:05', '12:05', '15:05', '18:05'],
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    overlapPolicy: 'skip',
  });
  expect(settings.scheduler.clientSecret?.reveal()).toBe('your-app-client-secret');
});

test('The settings file that comes with the project is valid', () => {
  const { settings } = loadSettings({
    cwd: join(import.meta.dirname, '../..'),
    env: {},
    configFile: 'settings.toml',
  });
  expect(settings.datasets.map(({ name }) => name)).toEqual([
    'calls',
    'campaign_interactions',
    'quality_scores',
    'agent_productivity',
  ]);
});

test('Without any file the defaults count, and paths start from the working directory', () => {
  const cwd = folderWith({});
  const { settings, files, origins } = loadSettings({ cwd, env: {} });
  expect(files).toEqual([]);
  expect(settings.scheduler).toMatchObject({
    intervalMinutes: 60,
    quadDailyTimes: [],
    sharepointSiteUrl: null,
  });
  expect(settings.scheduler.ingestionDir).toBe(join(cwd, 'data/incoming'));
  expect(settings.database.url).toBeNull();
  expect([...origins.values()].map(describeOrigin).every((origin) => origin === 'default')).toBe(true);
});

test.each([
  ['', 60, []],
  ['quad_daily_times = ["09:05"]', null, ['09:05']],
  ['quad_daily_times = []', 60, []],
  ['interval_minutes = 15', 15, []],
  ['interval_minutes = 15\nquad_daily_times = ["09:05"]', 15, ['09:05']],
])('What is written runs: %j is an interval of %j and the times %j', (lines, interval, times) => {
  const { scheduler } = loadToml(`[scheduler]\n${lines}`).settings;
  expect(scheduler.intervalMinutes).toBe(interval);
  expect(scheduler.quadDailyTimes).toEqual(times);
});

test('The environment wins over .env, that over the settings file, that over the local stack, that over the defaults', () => {
  const files = {
    'settings.toml': '[temporal]\naddress = "toml:1"\nnamespace = "toml"\ntask_queue = "toml"\n',
    '.env':
      'OTHER=1\n# the namespace\nCHARLIE_TEMPORAL__ADDRESS="env-file:2" # quoted\nexport CHARLIE_TEMPORAL__NAMESPACE=env-file\n',
    '.charlie/stack.json': stack,
  };
  const { settings, origins } = load(files, { CHARLIE_TEMPORAL__ADDRESS: 'env:3', PATH: '/bin' });
  expect(settings.temporal).toMatchObject({ address: 'env:3', namespace: 'env-file', taskQueue: 'toml' });
  expect(settings.database.url?.reveal()).toBe('postgres://stack@localhost:5432/stack');
  const where = (key: string): string => describeOrigin(origins.get(key)!);
  expect(where('temporal.address')).toBe('CHARLIE_TEMPORAL__ADDRESS');
  expect(where('temporal.namespace')).toBe('.env:4 CHARLIE_TEMPORAL__NAMESPACE');
  expect(where('temporal.task_queue')).toBe('settings.toml:4');
  expect(where('database.url')).toBe('.charlie/stack.json');
  expect(where('reports.dir')).toBe('default');
});

test('Numbers, booleans and lists can be given in the environment', () => {
  const { scheduler } = load(
    {},
    {
      CHARLIE_SCHEDULER__ENABLED: 'false',
      CHARLIE_SCHEDULER__MAX_RETRIES: '7',
      CHARLIE_SCHEDULER__QUAD_DAILY_TIMES: '09:05, 18:05',
      CHARLIE_SCHEDULER__LOG_LEVEL: '',
    },
  ).settings;
  expect(scheduler).toMatchObject({
    enabled: false,
    maxRetries: 7,
    quadDailyTimes: ['09:05', '18:05'],
    logLevel: 'INFO',
  });
});

test('A value can be the content of a file, without the line break at its end', () => {
  const cwd = folderWith({ 'secrets/url': 'postgres://u:p@db/x\n', 'settings.toml': '' });
  const { settings, origins } = loadSettings({ cwd, env: { CHARLIE_DATABASE__URL_FILE: 'secrets/url' } });
  expect(settings.database.url?.reveal()).toBe('postgres://u:p@db/x');
  expect(describeOrigin(origins.get('database.url')!)).toBe('CHARLIE_DATABASE__URL_FILE');
});

test('A key that ends with _file is itself, not the content of a file', () => {
  const { settings } = load({}, { CHARLIE_SHAREPOINT__CA_FILE: '/etc/ca.pem' });
  expect(settings.sharepoint.caFile).toBe('/etc/ca.pem');
});

test('The settings file is the one on the command line, else of CHARLIE_CONFIG, else settings.toml, else config/settings.toml', () => {
  const named = (name: string): string => `[temporal]\nnamespace = "${name}"\n`;
  const all = { 'one.toml': named('one'), 'two.toml': named('two'), 'settings.toml': named('three') };
  const fourth = { 'config/settings.toml': named('four') };
  const cwd = folderWith({ ...all, ...fourth });
  const env = { CHARLIE_CONFIG: 'two.toml' };
  const namespace = (from: Parameters<typeof loadSettings>[0]): string =>
    loadSettings(from).settings.temporal.namespace;
  expect(namespace({ cwd, env, configFile: 'one.toml' })).toBe('one');
  expect(namespace({ cwd, env })).toBe('two');
  expect(namespace({ cwd, env: {} })).toBe('three');
  expect(namespace({ cwd: folderWith(fourth), env: {} })).toBe('four');
});

test('Relative paths start from the folder of the settings file, or above it when that is called config', () => {
  const toml = '[reports]\ndir = "out"\n[logs]\ndir = "/var/log/charlie"\n';
  const cwd = folderWith({ 'elsewhere/settings.toml': toml, 'config/settings.toml': toml });
  const elsewhere = loadSettings({ cwd, env: {}, configFile: 'elsewhere/settings.toml' }).settings;
  expect(elsewhere.reports.dir).toBe(join(cwd, 'elsewhere/out'));
  expect(elsewhere.logs.dir).toBe('/var/log/charlie');
  expect(loadSettings({ cwd, env: {} }).settings.reports.dir).toBe(join(cwd, 'out'));
});

test('The simulator of the local stack counts while no site is set by hand', () => {
  const { settings } = load({
    '.charlie/stack.json': stack,
    'settings.toml': '[scheduler]\nsharepoint_folder = "/Mine"',
  });
  expect(settings.scheduler.sharepointSiteUrl).toBe('https://localhost:8443/sites/Simulated');
  expect(settings.scheduler.sharepointFolder).toBe('/Mine');
  expect(settings.sharepoint.graphUrl).toBe('https://localhost:8443');
});

test('Nothing of the simulator is left once a site is set by hand', () => {
  const { settings } = load({ '.charlie/stack.json': stack, 'settings.toml': `[scheduler]${fullSite}` });
  expect(settings.scheduler.clientId).toBe('real-client');
  expect(settings.sharepoint.graphUrl).toBe('https://graph.microsoft.com');
  expect(settings.temporal.address).toBe('localhost:17233');
});

test.each([
  ['2026-01-31', '2026-01-31T00:00:00.000Z'],
  ['2026-01-31T06:00:00', '2026-01-31T06:00:00.000Z'],
  ['2026-01-31T06:00:00+02:00', '2026-01-31T04:00:00.000Z'],
])('since %s is %s, written as a TOML date or as text', (written, meant) => {
  expect(loadToml(`[sync]\nsince = ${written}`).settings.sync.since).toBe(meant);
  expect(loadToml(`[sync]\nsince = "${written}"`).settings.sync.since).toBe(meant);
});

test.each([
  ['all', 'all'],
  ['cadence', 'cadence'],
  ['90m', { minutes: 90 }],
  ['36h', { minutes: 2160 }],
  ['7d', { minutes: 10_080 }],
])('lookback %j is read as %j', (written, meant) => {
  expect(loadToml(`[sync]\nlookback = "${written}"`).settings.sync.lookback).toEqual(meant);
});

test.each([
  ['america/chicago', 'America/Chicago'],
  ['Asia/Kolkata', 'Asia/Kolkata'],
  ['UTC', 'UTC'],
])('The zone %s is known as %s', (written, meant) => {
  expect(loadToml(`[scheduler]\ntimezone = "${written}"`).settings.scheduler.timezone).toBe(meant);
});

test('A file of another system, with a byte order mark and CRLF, reads the same', () => {
  expect(loadToml('\uFEFF[sync]\r\nlist_max_retries = 2\r\n').settings.sync.listMaxRetries).toBe(2);
});

test('Variables that Kubernetes sets for a service called charlie are left alone', () => {
  const env = {
    CHARLIE_SERVICE_HOST: '10.0.0.1',
    CHARLIE_SERVICE_PORT_HTTP: '80',
    CHARLIE_PORT: 'tcp://10.0.0.1:80',
    CHARLIE_PORT_80_TCP_ADDR: '10.0.0.1',
  };
  expect(load({}, env).settings.scheduler.enabled).toBe(true);
});
