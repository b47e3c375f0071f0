import { Command } from 'commander';

import { connect, withDatabase } from '../database/connection.ts';
import { migrate } from '../database/migrate.ts';
import type { CommandContext } from './command-context.ts';
import { commandSettings, configOption, outputOption, requireDatabaseUrl } from './command-settings.ts';

export function migrateCommand(context: CommandContext): Command {
  return new Command('migrate')
    .description("bring the database's schema and the datasets' tables up to date")
    .option(...configOption)
    .addOption(outputOption())
    .action((options: { config?: string; output: string }) => migrateDatabase(context, options));
}

async function migrateDatabase(
  context: CommandContext,
  options: { config?: string; output: string },
): Promise<void> {
  const settings = commandSettings(context, options);
  const sql = connect(requireDatabaseUrl(settings), 1);
  try {
    const migrated = await withDatabase(() => migrate(sql, settings.datasets));
    if (options.output === 'json') {
      context.stdout(`${JSON.stringify(migrated)}\n`);
      return;
    }
    const changes = [
      ...migrated.applied.map((name) => `applied  ${name}`),
      ...migrated.datasetChanges.map((name) => `created  ${name}`),
    ];
    context.stdout(changes.length === 0 ? 'The database is up to date.\n' : `${changes.join('\n')}\n`);
  } finally {
    await sql.end({ timeout: 5 });
  }
}
