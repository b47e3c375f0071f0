import { rmSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

import { freePort } from '../src/local/ports.ts';
import { removePostgresData, startPostgres } from '../src/local/postgres-server.ts';
import { findTemporalBinary } from '../src/local/temporal-binary.ts';
import { startTemporalServer } from '../src/local/temporal-server.ts';
import searchAttributes from '../temporal-config/search-attributes.json' with { type: 'json' };

export interface LocalServers extends AsyncDisposable {
  readonly dir: string;
  readonly temporalAddress: string;
  readonly databaseUrl: string;
  /** Ends Postgres as a crash does; resolves when it is gone. */
  crashPostgres(): Promise<void>;
  /** Starts it again on its data and its port. */
  restartPostgres(): Promise<void>;
}

/** A Temporal server and a Postgres as `charlie up` starts them, in a folder that goes with them. */
export async function startLocalServers(): Promise<LocalServers> {
  const dir = await mkdtemp(join(tmpdir(), 'charlie-bench-'));
  // As root, Postgres runs as another user, who has to pass.
  await chmod(dir, 0o711);
  const binary = await findTemporalBinary({
    explicitPath: process.env['CHARLIE_TEMPORAL_BINARY'] ?? null,
    cacheDir: join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'charlie-reporting'),
    env: process.env,
    onProgress: () => undefined,
  });
  const postgresOptions = { stateDir: dir, port: await freePort(), onProgress: () => undefined };
  const [temporal, firstPostgres] = await Promise.all([
    startTemporalServer({
      binary,
      port: await freePort(),
      uiPort: null,
      dbFile: join(dir, 'temporal', 'temporal.db'),
      stateDir: dir,
      searchAttributes: searchAttributes as Record<string, 'Keyword' | 'KeywordList'>,
    }),
    startPostgres(postgresOptions),
  ]);
  let postgres = firstPostgres;
  // A benchmark that is interrupted leaves nothing behind.
  const abandon = (): void => {
    temporal.kill();
    postgres.kill();
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  };
  process.once('exit', abandon);
  return {
    dir,
    temporalAddress: temporal.address,
    databaseUrl: postgres.url,
    crashPostgres: async () => {
      postgres.kill();
      await postgres.exited;
    },
    restartPostgres: async () => {
      postgres = await startPostgres(postgresOptions);
    },
    [Symbol.asyncDispose]: async () => {
      process.off('exit', abandon);
      await Promise.all([temporal.stop(), postgres.stop()]);
      await removePostgresData(dir);
      await rm(dir, { recursive: true, force: true });
    },
  };
}
