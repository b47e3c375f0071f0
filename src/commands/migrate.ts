import { Command } from 'commander';

import { connect, type Sql, withDatabase } from '../database/connection.ts';
import { TableIncompatible } from '../database/errors.ts';
import { migrate, planMigration } from '../database/migrate.ts';
import type { Dataset } from '../domain/dataset.ts';
import type { CommandContext } from './command-context.ts';
import { commandSettings, configOption, outputOption, requireDatabaseUrl } from './command-settings.ts';

interface Options {
  readonly config?: string;
  readonly output: string;
  readonly dryRun?: true;
}

export function migrateCommand(context: CommandContext): Command {
  return new Command('migrate')
    .description("bring the database's schema and the datasets' tables up to date")
    .option('--dry-run', 'say what would be made and what refused, and change nothing')
    .option(...configOption)
    .addOption(outputOption())
    .action((options: Options) => migrateDatabase(context, options));
}

async function migrateDatabase(context: CommandContext, options: Options): Promise<void> {
  const settings = commandSettings(context, options);
  const sql = connect(requireDatabaseUrl(settings), 1);
  try {
    const work = options.dryRun === true ? showPlan : applyAll;
    await withDatabase(() => work(sql, settings.datasets, context, options.output));
  } finally {
    await sql.end({ timeout: 5 });
  }
}

type Work = (
  sql: Sql,
  datasets: readonly Dataset[],
  context: CommandContext,
  output: string,
) => Promise<void>;

const applyAll: Work = async (sql, datasets, context, output) => {
  const migrated = await migrate(sql, datasets);
  if (output === 'json') {
    context.stdout(`${JSON.stringify(migrated)}\n`);
    return;
  }
  const changes = [
    ...migrated.applied.map((name) => `applied  ${name}`),
    ...migrated.datasetChanges.map((name) => `created  ${name}`),
  ];
  context.stdout(changes.length === 0 ? 'The database is up to date.\n' : `${changes.join('\n')}\n`);
};

/** Throws TableIncompatible where `migrate` would. */
const showPlan: Work = async (sql, datasets, context, output) => {
  const plan = await planMigration(sql, datasets);
  const { applied, datasetChanges, conflicts } = plan;
  if (output === 'json') context.stdout(`${JSON.stringify(plan)}\n`);
  else {
    const changes = [
      ...applied.map((name) => `would apply   ${name}`),
      ...datasetChanges.map((name) => `would create  ${name}`),
      ...conflicts.map(({ column, problem }) => `would refuse  ${column} ${problem}`),
    ];
    context.stdout(changes.length === 0 ? 'The database is up to date.\n' : `${changes.join('\n')}\n`);
  }
  if (conflicts.length > 0) throw new TableIncompatible(conflicts);
};
