import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import postgres from 'postgres';

import { isMissing } from '../domain/is-missing.ts';
import { checkPorts } from './ports.ts';
import { findPostgresBinaries } from './postgres-binaries.ts';
import { localName, passwordFile, prepareCluster } from './postgres-cluster.ts';
import { findPostgresPlace, preparePostgresPlace, removePostgresNote } from './postgres-place.ts';
import type { LocalServer } from './server-readiness.ts';
import { asLocalServer, ServerEndedEarly, waitUntilReady } from './server-readiness.ts';
import type { ServerCommand, StopPlan, SupervisedProcess } from './supervised-process.ts';
import { startSupervised, stopOrphan } from './supervised-process.ts';

const name = 'postgres';
// After a crash the server replays its log before it answers.
const readyTimeoutMs = 60_000;
const backendsTimeoutMs = 60_000;
const backendsPollMs = 250;
// SIGINT is Postgres' fast shutdown, SIGQUIT its immediate one, after which the next start replays the log.
const stopPlan: StopPlan = { signal: 'SIGINT', waitMs: 30_000, forced: 'SIGQUIT' };

export interface PostgresServerOptions {
  /** Absolute. */
  readonly stateDir: string;
  readonly port: number;
  readonly onProgress: (message: string) => void;
  /** Data that do not outlive this process are never forced to disk, and many tests connect at once. Default: false. */
  readonly throwaway?: boolean;
}

export interface LocalPostgres extends LocalServer {
  /** With the password: as much a secret. */
  readonly url: string;
}

/**
 * Stops what an earlier run left behind, then starts Postgres on the data of the state directory, made when there are
 * none. The database `charlie` can be used when this returns; its user is a superuser.
 * @throws {PortTaken} {@link PortRefused} {@link PostgresBinariesMissing} {@link NoUnprivilegedUser} {@link PostgresDataElsewhere} {@link PostgresDataUnreachable}
 * {@link InitdbFailed}
 * {@link PostgresPasswordLost} {@link PostgresDataOfOtherVersion} {@link ServerEndedEarly} {@link ServerNotReady}
 */
export async function startPostgres(options: PostgresServerOptions): Promise<LocalPostgres> {
  const { stateDir, port, onProgress } = options;
  await stopLeftPostgres(stateDir);
  await checkPorts([{ port, who: 'Postgres', flag: '--postgres-port' }]);
  const place = await preparePostgresPlace(stateDir);
  const binaries = await findPostgresBinaries(place.user);
  const { dataDir, password } = await prepareCluster({ ...options, place, binaries });
  const serverUrl = `postgres://${localName}:${password}@127.0.0.1:${port}`;
  const command: ServerCommand = {
    name,
    path: binaries.postgres,
    args: ['-D', dataDir, ...serverParameters(options)],
    stateDir,
    stopPlan,
    cwd: place.dir,
    env: { LC_ALL: 'C' },
    user: place.user,
  };
  const server = await retryWhileBackendsEnd(() => startServer(command, serverUrl), onProgress);
  return { ...asLocalServer(server), url: `${serverUrl}/${localName}` };
}

/** Ends the Postgres that a killed run left behind on this state directory. */
export async function stopLeftPostgres(stateDir: string): Promise<void> {
  const former = await stopOrphan(stateDir, name, stopPlan);
  if (former !== null) await removeStaleLock(join(await findPostgresPlace(stateDir), 'data'), former);
}

/** All data of the local Postgres and its password, wherever they are; a server on them is stopped first. */
export async function removePostgresData(stateDir: string): Promise<void> {
  await stopLeftPostgres(stateDir);
  await rm(await findPostgresPlace(stateDir), { recursive: true, force: true });
  await rm(join(stateDir, passwordFile), { force: true });
  await removePostgresNote(stateDir);
}

function serverParameters({ port, throwaway = false }: PostgresServerOptions): string[] {
  const parameters = {
    listen_addresses: '127.0.0.1',
    port: `${port}`,
    unix_socket_directories: '',
    shared_buffers: '128MB',
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...(throwaway
      ? { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '300' }
      : {}),
  };
  return Object.entries(parameters).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
}

/** Postgres takes any process that has the number in its lock file for a live postmaster; this one is known to have ended. */
async function removeStaleLock(dataDir: string, formerPid: number): Promise<void> {
  const lock = join(dataDir, 'postmaster.pid');
  try {
    const [pid] = (await readFile(lock, 'utf8')).split('\n');
    if (pid === `${formerPid}`) await rm(lock);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

async function startServer(command: ServerCommand, serverUrl: string): Promise<SupervisedProcess> {
  const server = await startSupervised(command);
  await waitUntilReady(server, 'Postgres', readyTimeoutMs, () => ensureDatabase(`${serverUrl}/postgres`));
  return server;
}

/** When a postmaster was killed, a backend ends only when its statement does, and holds the shared memory until then. */
async function retryWhileBackendsEnd(
  start: () => Promise<SupervisedProcess>,
  onProgress: (message: string) => void,
): Promise<SupervisedProcess> {
  const deadline = performance.now() + backendsTimeoutMs;
  let told = false;
  for (;;) {
    try {
      return await start();
    } catch (error) {
      const isHeld =
        error instanceof ServerEndedEarly &&
        error.exit.lastLogLines.includes('pre-existing shared memory block');
      if (!isHeld || performance.now() > deadline) throw error;
      if (!told) onProgress('Waiting for statements of the Postgres that was killed to end ...');
      told = true;
      await delay(backendsPollMs);
    }
  }
}

async function ensureDatabase(url: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined, connect_timeout: 5 });
  try {
    const found = await sql`SELECT FROM pg_database WHERE datname = ${localName}`;
    if (found.length === 0) await sql`CREATE DATABASE ${sql(localName)}`;
  } finally {
    await sql.end({ timeout: 1 });
  }
}
