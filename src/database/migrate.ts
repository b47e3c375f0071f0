import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';

import type { Dataset } from '../domain/dataset.ts';
import type { Sql, Transaction } from './connection.ts';
import { carryOut, namesOf, planDatasetTables } from './dataset-tables.ts';
import { type TableConflict, TableIncompatible } from './errors.ts';
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
  return transaction(sql, async (tx) => {
    await tx`select pg_advisory_xact_lock(${migrationLock})`;
    await tx`create schema if not exists charlie`;
    await tx`create table if not exists charlie.schema_migrations (
      name text primary key, sha256 text not null, applied_at timestamptz not null default now())`;
    const pending = await pendingMigrations(tx);
    for (const { name, text, sha256 } of pending) {
      await tx.unsafe(text);
      await tx`insert into charlie.schema_migrations (name, sha256) values (${name}, ${sha256})`;
    }
    const plans = await planDatasetTables(tx, datasets);
    const conflicts = plans.flatMap((plan) => plan.conflicts);
    if (conflicts.length > 0) throw new TableIncompatible(conflicts);
    for (const plan of plans) await carryOut(tx, plan);
    return { applied: pending.map(({ name }) => name), datasetChanges: plans.flatMap(namesOf) };
  });
}

export interface MigrationPlan extends Migrated {
  /** What `migrate` would refuse with TableIncompatible. */
  readonly conflicts: readonly TableConflict[];
}

/** What `migrate` would do, in a transaction that can change nothing. Throws MigrationChanged. */
export async function planMigration(sql: Sql, datasets: readonly Dataset[]): Promise<MigrationPlan> {
  const work = async (tx: Transaction): Promise<MigrationPlan> => {
    const [{ isNew }] = await tx<
      [{ isNew: boolean }]
    >`select to_regclass('charlie.schema_migrations') is null as "isNew"`;
    const pending = isNew ? await allMigrations() : await pendingMigrations(tx);
    const plans = await planDatasetTables(tx, datasets);
    return {
      applied: pending.map(({ name }) => name),
      datasetChanges: plans.flatMap(namesOf),
      conflicts: plans.flatMap(({ conflicts }) => conflicts),
    };
  };
  return transaction(sql, work, 'read only');
}

interface Migration {
  readonly name: string;
  readonly text: string;
  readonly sha256: string;
}

/** Those that this database lacks. Throws MigrationChanged. */
async function pendingMigrations(tx: Transaction): Promise<Migration[]> {
  const rows = await tx<
    { name: string; sha256: string }[]
  >`select name, sha256 from charlie.schema_migrations`;
  const known = new Map(rows.map((row) => [row.name, row.sha256]));
  return (await allMigrations()).filter(({ name, sha256 }) => {
    const earlier = known.get(name);
    if (earlier !== undefined && earlier !== sha256) throw new MigrationChanged(name);
    return earlier === undefined;
  });
}

async function allMigrations(): Promise<Migration[]> {
  const names = (await readdir(migrationsDir)).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(new URL(name, migrationsDir), 'utf8');
      return { name, text, sha256: createHash('sha256').update(text).digest('hex') };
    }),
  );
}
