import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import postgres from 'postgres';
import { inject } from 'vitest';

import { freePort } from '../../src/local/ports.ts';
import { removePostgresData, startPostgres } from '../../src/local/postgres-server.ts';
import type { LocalServer } from '../../src/local/server-readiness.ts';
import { startTemporalServer } from '../../src/local/temporal-server.ts';
import searchAttributes from '../../temporal-config/search-attributes.json' with { type: 'json' };
import { makeServerFolder } from '../support/server-folder.ts';

const alive = new Set<LocalServer>();
// What a test that failed in the middle leaves behind.
process.once('exit', () => {
  for (const server of alive) server.kill();
});

/** A server of the test's own on a port and files that it keeps, so that it can die and come back. */
export class OwnServer<Server extends LocalServer> implements AsyncDisposable {
  readonly #start: () => Promise<Server>;
  readonly #remove: () => Promise<void>;
  #server: Server;

  static async start<Server extends LocalServer>(
    start: () => Promise<Server>,
    remove: () => Promise<void>,
  ): Promise<OwnServer<Server>> {
    return new OwnServer(start, remove, await start());
  }

  private constructor(start: () => Promise<Server>, remove: () => Promise<void>, server: Server) {
    this.#start = start;
    this.#remove = remove;
    this.#server = server;
    alive.add(server);
  }

  get running(): Server {
    return this.#server;
  }

  /** At once, with nothing closed: SIGKILL for Temporal, SIGQUIT (`pg_ctl stop -m immediate`) for Postgres. */
  async die(): Promise<void> {
    this.#server.kill();
    await this.#server.exited;
    alive.delete(this.#server);
  }

  /** On the files and the port of the one that died; it answers when this returns. */
  async comeBack(): Promise<void> {
    this.#server = await this.#start();
    alive.add(this.#server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.die();
    await this.#remove();
  }
}

export async function ownTemporal({
  ui = false,
} = {}): Promise<OwnServer<Awaited<ReturnType<typeof startTemporalServer>>>> {
  const { path, stateDir } = await makeServerFolder();
  const port = await freePort();
  const uiPort = ui ? await freePort() : null;
  return OwnServer.start(
    () =>
      startTemporalServer({
        binary: { path: inject('temporalBinary'), version: '0.0.0' },
        port,
        uiPort,
        dbFile: join(stateDir, 'temporal', 'temporal.db'),
        stateDir,
        searchAttributes: searchAttributes as Record<string, 'Keyword' | 'KeywordList'>,
      }),
    () => rm(path, { recursive: true, force: true }),
  );
}

/** Unlike the Postgres of all tests it forces to disk what is committed: what it said must be true after its death. */
export async function ownPostgres(): Promise<OwnServer<Awaited<ReturnType<typeof startPostgres>>>> {
  const { path, stateDir } = await makeServerFolder();
  const port = await freePort();
  return OwnServer.start(
    () => startPostgres({ stateDir, port, onProgress: () => undefined }),
    async () => {
      await removePostgresData(stateDir);
      await rm(path, { recursive: true, force: true });
    },
  );
}

/** Runs one statement as superuser, in a connection of its own. */
export async function execute(url: string, statement: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  try {
    await sql.unsafe(statement);
  } finally {
    await sql.end({ timeout: 5 });
  }
}
