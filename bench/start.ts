import { spawn } from 'node:child_process';
import { cp, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { freePort } from '../src/local/ports.ts';
import { removePostgresData } from '../src/local/postgres-server.ts';
import { type Figure, median, type Progress } from './figures.ts';
import { startLocalServers } from './local-servers.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const rounds = 3;
const pollMs = 50;

/**
 * From `npm start` in a folder that was never started, with everything fetched, to the first workbook: the workflow
 * bundle, initdb and the generated data are part of it. Beside it the same two servers started bare, which no
 * `npm start` can do without.
 */
export async function benchStart(progress: Progress): Promise<Figure[]> {
  const ours: number[] = [];
  const bare: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    ours.push(await timeFirstWorkbook());
    bare.push(await timeBareServers());
    progress(
      `round ${round} of ${rounds}: ${ours.at(-1)?.toFixed(1)} s, bare servers ${bare.at(-1)?.toFixed(1)} s`,
    );
  }
  return [
    {
      name: 'start.first_workbook',
      value: median(ours),
      unit: 's',
      peer: 'bare_servers',
      peerValue: median(bare),
    },
  ];
}

async function timeFirstWorkbook(): Promise<number> {
  const dir = await mkdtemp(join(tmpdir(), 'charlie-bench-start-'));
  for (const part of [
    'src',
    'workflows',
    'activities',
    'temporal-config',
    'bin',
    'package.json',
    'settings.toml',
  ]) {
    await cp(join(root, part), join(dir, part), { recursive: true });
  }
  await symlink(join(root, 'node_modules'), join(dir, 'node_modules'));
  try {
    return await startOnce(dir);
  } finally {
    await removePostgresData(join(dir, '.charlie'));
    await rm(dir, { recursive: true, force: true });
  }
}

async function startOnce(dir: string): Promise<number> {
  const flags = [
    '--temporal-port',
    '--temporal-ui-port',
    '--postgres-port',
    '--simulator-port',
    '--api-port',
  ];
  const ports: string[] = [];
  for (const flag of flags) ports.push(flag, `${await freePort()}`);
  const started = performance.now();
  const child = spawn('npm', ['start', '--silent', '--', '--once', ...ports], { cwd: dir, stdio: 'ignore' });
  const over = new AbortController();
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve)).finally(() => {
    over.abort();
  });

  let seconds: number | null = null;
  while (seconds === null && !over.signal.aborted) {
    if (await hasWorkbook(join(dir, 'reports'))) seconds = (performance.now() - started) / 1000;
    else await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  const exitCode = await ended;
  if (seconds === null || exitCode !== 0)
    throw new Error(`npm start ended with ${exitCode ?? 'a signal'} and without a workbook`);
  return seconds;
}

async function hasWorkbook(reports: string): Promise<boolean> {
  const names = await readdir(reports).catch(() => []);
  return names.some((name) => name.endsWith('.xlsx') && !name.startsWith('.'));
}

async function timeBareServers(): Promise<number> {
  const started = performance.now();
  await using servers = await startLocalServers();
  return servers.temporalAddress === '' ? Number.NaN : (performance.now() - started) / 1000;
}
