import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';

import { type CommandContext, CommandFailed, exitCodes } from '../../src/commands/command-context.ts';
import { simulatorCommand } from '../../src/commands/simulator.ts';

let cwd: string;

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'charlie-simulator-'));
  return () => rm(cwd, { recursive: true, force: true });
});

async function run(...flags: string[]): Promise<void> {
  const context: CommandContext = {
    cwd,
    env: {},
    stdout: ignore,
    stderr: ignore,
    columns: 120,
    interactive: false,
    ask: null,
  };
  const command = simulatorCommand(context).exitOverride().configureOutput({ writeErr: ignore });
  await command.parseAsync(flags, { from: 'user' });
}

function ignore(): void {
  // What it says is not the question here.
}

test('a port that is taken is named, with the flag that chooses another', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void other.close());
  await once(other, 'listening');
  const { port } = other.address() as { port: number };

  const failure = await run('--port', String(port)).catch((error: unknown) => error);

  expect(failure).toBeInstanceOf(CommandFailed);
  expect(failure).toMatchObject({ exitCode: exitCodes.conflict });
  expect((failure as Error).message).toMatch(new RegExp(`Port ${port} .*simulator.* --port`));
});

test('a directory that is not there is named', async () => {
  const failure = await run('--port', '0', '--files', 'nowhere').catch((error: unknown) => error);

  expect(failure).toMatchObject({ name: 'CommandFailed', exitCode: exitCodes.notFound });
  expect((failure as Error).message).toContain(join(cwd, 'nowhere'));
});

test.each(['70000', '-1', 'http', '1.5'])('%s is no port', async (port) => {
  await expect(run(`--port=${port}`)).rejects.toThrow('whole number from 0 to 65535');
});

test.each(['SIGINT', 'SIGTERM'] as const)('it says how to reach it and runs until %s', async (signal) => {
  const module = new URL('../../src/commands/simulator.ts', import.meta.url).href;
  const script = `
    import { simulatorCommand } from ${JSON.stringify(module)};
    const write = (text) => process.stderr.write(text);
    const context = { cwd: process.cwd(), env: {}, stdout: write, stderr: write, columns: 120, interactive: false, ask: null };
    await simulatorCommand(context).parseAsync(['--port', '0'], { from: 'user' });`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    cwd,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  for await (const chunk of child.stderr) {
    said += String(chunk);
    if (said.includes('CA_FILE')) break;
  }

  child.kill(signal);
  const [code] = (await once(child, 'exit')) as [number | null];

  expect(code).toBe(0);
  expect(said).toMatch(/Simulated SharePoint at https:\/\/localhost:\d+ /);
  expect(said).toContain(
    'CHARLIE_SCHEDULER__SHAREPOINT_SITE_URL="https://contoso.sharepoint.com/sites/ContactCentre"\n',
  );
  expect(said).toContain('CHARLIE_SCHEDULER__SHAREPOINT_FOLDER="/Shared Documents/Reports"\n');
  expect(said).toContain(`CHARLIE_SHAREPOINT__CA_FILE="${join(cwd, '.charlie/simulator/tls/ca.pem')}"\n`);
  for (const key of [
    'SCHEDULER__TENANT_ID',
    'SCHEDULER__CLIENT_ID',
    'SCHEDULER__CLIENT_SECRET',
    'SHAREPOINT__GRAPH_URL',
    'SHAREPOINT__AUTHORITY_URL',
  ]) {
    expect(said).toMatch(new RegExp(`^CHARLIE_${key}=".+"$`, 'm'));
  }
});
