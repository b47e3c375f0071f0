import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import postgres from 'postgres';

import { callColumns } from './calls-file.ts';
import type { Progress } from './figures.ts';
import type { LocalServers } from './local-servers.ts';

const execute = promisify(execFile);
const dltScript = fileURLToPath(new URL('dlt-load.py', import.meta.url));

interface OtherLoader {
  /** Fails where the loader is not installed. */
  readonly isThere: () => Promise<unknown>;
  readonly load: (file: string, servers: LocalServers) => Promise<unknown>;
}

/** Each as its documentation has it for a CSV file with a header. The Python of dlt is that of BENCH_PYTHON, or python3. */
const loaders: Readonly<Record<string, OtherLoader>> = {
  sling: {
    isThere: () => execute('sling', ['--version']),
    load: (file, { databaseUrl }) =>
      execute(
        'sling',
        [
          'run',
          ...['--src-stream', `file://${file}`, '--tgt-conn', 'BENCH', '--tgt-object', 'public.calls_sling'],
          ...['--mode', 'full-refresh'],
        ],
        { env: { ...process.env, BENCH: `${databaseUrl}?sslmode=disable` } },
      ),
  },
  dlt: {
    isThere: () => execute(python(), ['-c', 'import dlt, pyarrow, psycopg2']),
    load: (file, { databaseUrl, dir }) =>
      execute(python(), [dltScript, file, databaseUrl, dir], { cwd: dir }),
  },
  pgloader: {
    isThere: () => execute('pgloader', ['--version']),
    load: loadByPgloader,
  },
};

/** Seconds of each other loader that is installed and succeeds. */
export async function otherLoaders(
  servers: LocalServers,
  file: string,
  progress: Progress,
): Promise<[string, number][]> {
  const seconds: [string, number][] = [];
  for (const [name, { isThere, load }] of Object.entries(loaders)) {
    try {
      await isThere();
    } catch {
      progress(`${name} is not installed`);
      continue;
    }
    const began = performance.now();
    try {
      await load(file, servers);
    } catch (error) {
      progress(`${name} failed: ${String(error)}`);
      continue;
    }
    seconds.push([name, (performance.now() - began) / 1000]);
    progress(`${name}: ${seconds.at(-1)?.[1].toFixed(1)} s`);
  }
  return seconds;
}

function python(): string {
  return process.env['BENCH_PYTHON'] ?? 'python3';
}

async function loadByPgloader(file: string, { databaseUrl, dir }: LocalServers): Promise<void> {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => undefined });
  await sql.unsafe(
    `create schema if not exists pgloader; create table if not exists pgloader.calls (${callColumns})`,
  );
  await sql.end();
  const command = join(dir, 'calls.load');
  await writeFile(
    command,
    `LOAD CSV FROM '${file}' INTO ${databaseUrl} TARGET TABLE pgloader.calls
     WITH skip header = 1, fields optionally enclosed by '"', fields escaped by double-quote, fields terminated by ',';`,
  );
  await execute('pgloader', ['--quiet', command], { cwd: dir });
}
