import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';

import type { Dataset } from '../domain/dataset.ts';
import type { Sql } from './connection.ts';
import { ensureDatasetTables } from './dataset-tables.ts';
import { transaction } from './transaction.ts';

const migrationsDir = new URL('migrations/', import.meta.url);

/** Any number that no other program takes an advisory lock on: `charlie` in ASCII. */
const migrationLock = 0x636861726c69;

/** Thrown when a migration that was already applied has another content. */
export class MigrationChanged extends Error {
  override readonly name = 'MigrationChanged';
  readonly migration: string;

  constructor(migration: string) {
    super(
      `The migration ${migration} was applied to this database with another content. ` +
        'Restore the file; a change of the schema needs a migration of its own.',
    );
    this.migration = migration;
  }
}

export interface Migrated {
  readonly applied: readonly string[];
  /** Tables and columns that were made for datasets, e.g. `datasets.calls`, `datasets.calls.outcome`. */
  readonly datasetChanges: readonly string[];
}

/**
 * Brings the schema and the datasets' tables up to date, in one transaction; several processes may call it at once.
 * Throws MigrationChanged and TableIncompatible, and then nothing was changed.
 */
export async function migrate(sql: Sql, datasets: readonly Dataset[]): Promise<Migrated> {
  const files = (await readdir(migrationsDir)).filter((name) => name.endsWith('.sql')).sort();
  return transaction(sql, async (tx) => {
    await tx`select pg_advisory_xact_lock(${migrationLock})`;
    await tx`create schema if not exists charlie`;
    await tx`create table if not exists charlie.schema_migrations (
      name text primary key, sha256 text not null, applied_at timestamptz not null default now())`;
    const rows = await tx<
      { name: string; sha256: string }[]
    >`select name, sha256 from charlie.schema_migrations`;
    const known = new Map(rows.map((row) => [row.name, row.sha256]));

    const applied: string[] = [];
    for (const name of files) {
      const text = await readFile(new URL(name, migrationsDir), 'utf8');
      const sha256 = createHash('sha256').update(text).digest('hex');
      const earlier = known.get(name);
      if (earlier === sha256) continue;
      if (earlier !== undefined) throw new MigrationChanged(name);
      await tx.unsafe(text);
      await tx`insert into charlie.schema_migrations (name, sha256) values (${name}, ${sha256})`;
      applied.push(name);
    }
    return { applied, datasetChanges: await ensureDatasetTables(tx, datasets) };
  });
}
