import { CommanderError } from 'commander';
import { parse } from 'smol-toml';
import { expect, test } from 'vitest';

import { CommandFailed, exitCodes } from '../../src/commands/command-context.ts';
import { configCommand } from '../../src/commands/config.ts';
import { folderWith } from '../settings/settings-folder.ts';

const toml = `[scheduler]
quad_daily_times = ["09:05", "18:05"]
timezone = "Europe/Berlin"
sharepoint_site_url = "https://t.sharepoint.com/sites/S"
sharepoint_folder = "/Docs"
client_id = "id"
client_secret = "CANARY-1"
tenant_id = "tenant"

[datasets.calls]
patterns = ["calls_*.csv"]
columns = { call_id = "text", amount = "numeric(12,2)" }
`;
const files = { 'settings.toml': toml, '.env': 'CHARLIE_DATABASE__URL=postgres://u:CANARY-2@db/x\n' };

interface Output {
  readonly stdout: string;
  readonly error: unknown;
}

async function charlieConfig(args: readonly string[], cwd: string): Promise<Output> {
  let stdout = '';
  const command = configCommand({
    cwd,
    env: {},
    stdout: (text) => (stdout += text),
    stderr: () => undefined,
    columns: 120,
    interactive: false,
    ask: null,
  });
  for (const each of [command, ...command.commands])
    each.exitOverride().configureOutput({ writeErr: () => undefined });
  try {
    await command.parseAsync(args, { from: 'user' });
    return { stdout, error: null };
  } catch (error) {
    return { stdout, error };
  }
}

test('`config check` sums up valid settings', async () => {
  const cwd = folderWith(files);
  const { stdout, error } = await charlieConfig(['check'], cwd);
  expect(error).toBeNull();
  expect(stdout).toBe(`The settings are valid.

  files       ${cwd}/settings.toml
              ${cwd}/.env
  sync        at 09:05, 18:05 (Europe/Berlin)
  SharePoint  https://t.sharepoint.com/sites/S, folder /Docs
  datasets    1
    calls  2 columns, 0 measures     calls_*.csv
`);
});

test('`config check --output json` holds the same', async () => {
  const { stdout } = await charlieConfig(['check', '--output', 'json'], folderWith(files));
  expect(JSON.parse(stdout)).toMatchObject({
    valid: true,
    datasets: [{ name: 'calls', enabled: true, patterns: ['calls_*.csv'], columns: 2, measures: 0 }],
  });
});

test('`config check` fails with every problem and the exit code of settings', async () => {
  const { stdout, error } = await charlieConfig(
    ['check', '--config', 'bad.toml'],
    folderWith({ 'bad.toml': '[scheduler]\nenabled = 1\nmax_retries = "x"\n' }),
  );
  expect(stdout).toBe('');
  expect(error).toBeInstanceOf(CommandFailed);
  expect((error as CommandFailed).exitCode).toBe(exitCodes.settings);
  expect((error as CommandFailed).message).toMatch(/2 problems[^]*bad\.toml:2[^]*bad\.toml:3/);
});

test('`config check --output json` prints the problems to be read by programs', async () => {
  const cwd = folderWith({ 'settings.toml': '[scheduler]\nenabled = 1\n' });
  const { stdout, error } = await charlieConfig(['check', '--output', 'json'], cwd);
  expect(JSON.parse(stdout)).toMatchObject({
    valid: false,
    problems: [{ file: 'settings.toml', line: 2, key: 'scheduler.enabled', accepted: 'true or false' }],
  });
  expect((error as CommandFailed).exitCode).toBe(exitCodes.settings);
});

test('`config show` prints TOML, with --origin where each value comes from', async () => {
  const cwd = folderWith(files);
  const plain = parse((await charlieConfig(['show'], cwd)).stdout);
  expect(plain).toMatchObject({
    scheduler: { timezone: 'Europe/Berlin', client_secret: '********' },
    database: { url: '********' },
    datasets: { calls: { columns: { amount: { type: 'numeric(12,2)' } } } },
  });
  const { stdout } = await charlieConfig(['show', '--origin'], cwd);
  expect(parse(stdout)).toEqual(plain);
  expect(stdout).toMatch(/^scheduler\.timezone = "Europe\/Berlin" +# settings\.toml:3$/m);
  expect(stdout).toMatch(/^database\.url = "\*{8}" +# \.env:1 CHARLIE_DATABASE__URL$/m);
  expect(stdout).toMatch(/^# scheduler\.interval_minutes is not set +# default$/m);
  expect(stdout).toMatch(/^datasets\.calls\.enabled = true +# default$/m);
  expect(stdout).toMatch(/^datasets\.calls\.columns\.amount = .* # settings\.toml:12$/m);
});

test('`config show --output json` gives each value with its origin', async () => {
  const { stdout } = await charlieConfig(['show', '--output', 'json'], folderWith(files));
  expect(JSON.parse(stdout)).toContainEqual({
    key: 'scheduler.client_secret',
    value: '********',
    origin: { file: 'settings.toml', line: 7, variable: null },
  });
});

test.each([
  ['check'],
  ['check', '--output', 'json'],
  ['show'],
  ['show', '--origin'],
  ['show', '--output', 'json'],
])('No secret is printed by `config %s %s %s`', async (...args) => {
  const { stdout, error } = await charlieConfig(args.filter(Boolean), folderWith(files));
  expect(error).toBeNull();
  expect(stdout).not.toContain('CANARY');
});

test('An output that does not exist is a mistake in the command line', async () => {
  const { error } = await charlieConfig(['show', '--output', 'xml'], folderWith({}));
  expect(error).toBeInstanceOf(CommanderError);
});
