import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Client, Connection } from '@temporalio/client';
import { pino } from 'pino';
import { inject } from 'vitest';

import type { Api } from '../../src/api/api.ts';
import { createApi } from '../../src/api/server.ts';
import { newToken } from '../../src/api/token-text.ts';
import { connect, type Sql } from '../../src/database/connection.ts';
import { migrate } from '../../src/database/migrate.ts';
import { insertToken } from '../../src/database/queries/api-tokens.ts';
import type { Role } from '../../src/domain/role.ts';
import { loadSettings } from '../../src/settings/load-settings.ts';
import { Secret } from '../../src/settings/secret.ts';
import type { Settings } from '../../src/settings/settings.ts';
import { createNamespace } from '../support/namespace.ts';
import { createMigratedDatabase } from '../support/with-database.ts';

type Injected = Awaited<ReturnType<Api['inject']>>;

/** The API with a database and a namespace of its own; nobody works for its jobs. */
export class TestApi implements AsyncDisposable {
  readonly app: Api;
  readonly sql: Sql;
  readonly client: Client;
  readonly settings: Settings;
  readonly env: Readonly<Record<string, string>>;
  readonly dir: string;
  readonly #end: () => Promise<void>;

  static async start(
    toml = '',
    settingsOf: (settings: Settings) => Settings = (each) => each,
  ): Promise<TestApi> {
    const [database, namespace, dir] = await Promise.all([
      createMigratedDatabase(),
      createNamespace(),
      mkdtemp(join(tmpdir(), 'charlie-api-')),
    ]);
    await writeFile(join(dir, 'settings.toml'), toml);
    const env = {
      CHARLIE_DATABASE__URL: database.url,
      CHARLIE_TEMPORAL__ADDRESS: inject('temporalAddress'),
      CHARLIE_TEMPORAL__NAMESPACE: namespace,
      CHARLIE_API__REQUESTS_PER_MINUTE: '1000000',
    };
    const settings = settingsOf(loadSettings({ cwd: dir, env }).settings);
    const sql = connect(new Secret(database.url), 8);
    await migrate(sql, settings.datasets);
    const connection = await Connection.connect({ address: settings.temporal.address });
    const client = new Client({ connection, namespace });
    const app = await createApi({ settings, sql, client, logger: pino({ level: 'silent' }) });
    const parts = { app, sql, client, settings, env, dir };
    return new TestApi(parts, async () => {
      await app.close();
      await connection.close();
      await sql.end({ timeout: 1 });
      await database.drop();
      await rm(dir, { recursive: true, force: true });
    });
  }

  private constructor(
    parts: Pick<TestApi, 'app' | 'sql' | 'client' | 'settings' | 'env' | 'dir'>,
    end: () => Promise<void>,
  ) {
    this.app = parts.app;
    this.sql = parts.sql;
    this.client = parts.client;
    this.settings = parts.settings;
    this.env = parts.env;
    this.dir = parts.dir;
    this.#end = end;
  }

  get(url: string, headers: Record<string, string> = {}): Promise<Injected> {
    return this.app.inject({ method: 'GET', url, headers });
  }

  post(url: string, payload?: object, headers: Record<string, string> = {}): Promise<Injected> {
    return this.app.inject({ method: 'POST', url, headers, ...(payload !== undefined && { payload }) });
  }

  delete(url: string, headers: Record<string, string> = {}): Promise<Injected> {
    return this.app.inject({ method: 'DELETE', url, headers });
  }

  /** A token that holds for an hour, or for as long as is said. */
  async token(role: Role, expiresAt: Date | null = new Date(Date.now() + 3_600_000)): Promise<string> {
    const { id: tokenId, text, secretSha256 } = newToken();
    await insertToken(this.sql, {
      ...{ tokenId, secretSha256, role, expiresAt },
      name: `a ${role}`,
      createdBy: 'a test',
    });
    return text;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
  }
}

export function bearer(token: string): { authorization: string } {
  return { authorization: `Bearer ${token}` };
}
