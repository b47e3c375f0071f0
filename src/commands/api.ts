import { Command } from 'commander';

import { serveApi } from '../api/serve-api.ts';
import { connect, withDatabase } from '../database/connection.ts';
import { migrate } from '../database/migrate.ts';
import { createLogger } from '../telemetry/logger.ts';
import type { CommandContext } from './command-context.ts';
import { type ConfigOption, commandSettings, configOption, requireDatabaseUrl } from './command-settings.ts';
import { connectTemporal } from './connect-temporal.ts';
import { aborted, stopSignal } from './stop-signal.ts';

export function apiCommand(context: CommandContext): Command {
  return new Command('api')
    .description('serve the REST API until stopped; any number of them share the work')
    .option(...configOption)
    .action((options: ConfigOption) => serve(context, options));
}

async function serve(context: CommandContext, options: ConfigOption): Promise<void> {
  const settings = commandSettings(context, options);
  const logger = await createLogger({
    level: settings.scheduler.logLevel,
    to: 'stdout',
    rotatedDir: settings.logs.dir,
  });
  using stop = stopSignal();
  const sql = connect(requireDatabaseUrl(settings));
  try {
    await withDatabase(() => migrate(sql, settings.datasets));
    await using client = await connectTemporal(settings.temporal);
    const api = await serveApi({ settings, sql, client, logger });
    await aborted(stop.drain);
    await Promise.race([api.close(), aborted(stop.hurry)]);
  } finally {
    await sql.end({ timeout: 5 });
  }
}
