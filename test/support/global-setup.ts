import { rmSync } from 'node:fs';
import { chmod, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

import type { TestProject } from 'vitest/node';

import { isMissing } from '../../src/local/is-missing.ts';
import { freePort } from '../../src/local/ports.ts';
import { removePostgresData, startPostgres } from '../../src/local/postgres-server.ts';
import { isRunning, ownRecord, parseProcessRecord } from '../../src/local/process-identity.ts';
import type { LocalServer } from '../../src/local/server-readiness.ts';
import { prepareStateDirectory } from '../../src/local/state-directory.ts';
import { findTemporalBinary, findTemporalTestServer } from '../../src/local/temporal-binary.ts';
import { startTemporalServer, stopLeftTemporal } from '../../src/local/temporal-server.ts';
import type { FetchOptions } from '../../src/local/wheel-download.ts';
import { writeAtomically } from '../../src/local/write-atomically.ts';
import searchAttributes from '../../temporal-config/search-attributes.json' with { type: 'json' };

declare module 'vitest' {
  interface ProvidedContext {
    /** host:port of the Temporal development server that all tests of a run share. */
    temporalAddress: string;
    /** Path of the `temporal` CLI. */
    temporalBinary: string;
    /** Path of the time-skipping server, for `TestWorkflowEnvironment.createTimeSkipping`. */
    testServerBinary: string;
    /** Of a superuser on the Postgres that all tests of a run share; see with-database.ts. */
    postgresUrl: string;
  }
}

const prefix = 'charlie-test-';
const ownerFile = 'run.pid';
const stateName = 'state';

const started: LocalServer[] = [];
let folder = '';

/** One Temporal server and one Postgres for the whole run, in a folder of their own that goes with them. */
export async function setup(project: TestProject): Promise<void> {
  await removeLeftovers();
  folder = await mkdtemp(join(tmpdir(), prefix));
  // Vitest ends on a signal without calling the teardown.
  process.once('exit', abandon);
  // As root, Postgres runs as another user, who has to pass.
  await chmod(folder, 0o711);
  await writeAtomically(join(folder, ownerFile), JSON.stringify(await ownRecord()));
  await prepareStateDirectory(join(folder, stateName));

  const cacheDir = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'charlie-reporting');
  const find = { cacheDir, env: process.env, onProgress: console.log };
  const [testServer] = await Promise.all([
    findTemporalTestServer(find),
    provideTemporal(project, find),
    providePostgres(project),
  ]);
  project.provide('testServerBinary', testServer.path);
}

export async function teardown(): Promise<void> {
  process.off('exit', abandon);
  for (const server of started) server.kill();
  await Promise.all(started.map(({ exited }) => exited));
  await rm(folder, { recursive: true, force: true });
}

function abandon(): void {
  for (const server of started) server.kill();
  try {
    rmSync(join(folder, stateName), { recursive: true, force: true, maxRetries: 5 });
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // Postgres was still writing: the next run removes what is left.
  }
}

async function provideTemporal(project: TestProject, find: FetchOptions): Promise<void> {
  const explicitPath = process.env['CHARLIE_TEMPORAL_BINARY'] ?? null;
  const binary = await findTemporalBinary({ ...find, explicitPath });
  const server = await startTemporalServer({
    binary,
    port: await freePort(),
    uiPort: null,
    dbFile: null,
    stateDir: join(folder, stateName),
    searchAttributes: searchAttributes as Record<string, 'Keyword' | 'KeywordList'>,
  });
  started.push(server);
  project.provide('temporalBinary', binary.path);
  project.provide('temporalAddress', server.address);
}

async function providePostgres(project: TestProject): Promise<void> {
  const server = await startPostgres({
    stateDir: join(folder, stateName),
    port: await freePort(),
    onProgress: () => undefined,
    throwaway: true,
  });
  started.push(server);
  project.provide('postgresUrl', server.url);
}

/** What killed runs of the same user left behind. */
async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(prefix)) continue;
    const left = join(tmpdir(), name);
    try {
      if ((await stat(left)).uid !== process.getuid?.()) continue;
      const owner = parseProcessRecord(await readFile(join(left, ownerFile), 'utf8'));
      if (owner === null || (await isRunning(owner))) continue;
    } catch (error) {
      if (isMissing(error)) continue;
      throw error;
    }
    const stateDir = join(left, stateName);
    await Promise.all([stopLeftTemporal(stateDir), removePostgresData(stateDir)]);
    await rm(left, { recursive: true, force: true });
  }
}
