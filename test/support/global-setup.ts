import { rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

import type { TestProject } from 'vitest/node';

import { freePort } from '../../src/local/ports.ts';
import { startPostgres } from '../../src/local/postgres-server.ts';
import type { LocalServer } from '../../src/local/server-readiness.ts';
import { findTemporalBinary, findTemporalTestServer } from '../../src/local/temporal-binary.ts';
import { startTemporalServer } from '../../src/local/temporal-server.ts';
import type { FetchOptions } from '../../src/local/wheel-download.ts';
import searchAttributes from '../../temporal-config/search-attributes.json' with { type: 'json' };
import { makeServerFolder, removeLeftovers, type ServerFolder } from './server-folder.ts';
import { makeTemplateDatabase } from './template-database.ts';

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

const started: LocalServer[] = [];
let folder: ServerFolder | null = null;

/** One Temporal server and one Postgres for the whole run, in a folder of their own that goes with them. */
export async function setup(project: TestProject): Promise<void> {
  await removeLeftovers();
  const { stateDir } = (folder = await makeServerFolder());
  // Vitest ends on a signal without calling the teardown.
  process.once('exit', abandon);

  const cacheDir = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'charlie-reporting');
  const find = { cacheDir, env: process.env, onProgress: console.log };
  const [testServer] = await Promise.all([
    findTemporalTestServer(find),
    provideTemporal(project, stateDir, find),
    providePostgres(project, stateDir),
  ]);
  project.provide('testServerBinary', testServer.path);
}

export async function teardown(): Promise<void> {
  process.off('exit', abandon);
  for (const server of started) server.kill();
  await Promise.all(started.map(({ exited }) => exited));
  if (folder !== null) await rm(folder.path, { recursive: true, force: true });
}

function abandon(): void {
  for (const server of started) server.kill();
  if (folder === null) return;
  try {
    rmSync(folder.stateDir, { recursive: true, force: true, maxRetries: 5 });
    rmSync(folder.path, { recursive: true, force: true });
  } catch {
    // Postgres was still writing: the next run removes what is left.
  }
}

async function provideTemporal(project: TestProject, stateDir: string, find: FetchOptions): Promise<void> {
  // A server that has memory to spare: it would collect garbage for a fifth of its time.
  process.env['GOGC'] ??= '400';
  const explicitPath = process.env['CHARLIE_TEMPORAL_BINARY'] ?? null;
  const binary = await findTemporalBinary({ ...find, explicitPath });
  const server = await startTemporalServer({
    binary,
    port: await freePort(),
    uiPort: null,
    dbFile: null,
    stateDir,
    searchAttributes: searchAttributes as Record<string, 'Keyword' | 'KeywordList'>,
  });
  started.push(server);
  project.provide('temporalBinary', binary.path);
  project.provide('temporalAddress', server.address);
}

async function providePostgres(project: TestProject, stateDir: string): Promise<void> {
  const server = await startPostgres({
    stateDir,
    port: await freePort(),
    onProgress: () => undefined,
    throwaway: true,
  });
  started.push(server);
  await makeTemplateDatabase(server.url);
  project.provide('postgresUrl', server.url);
}
