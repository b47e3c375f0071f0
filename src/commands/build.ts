import { Command } from 'commander';

import { createLogger } from '../telemetry/logger.ts';
import { temporalLogger } from '../telemetry/temporal-logger.ts';
import { workflowBundle } from '../workflow-bundle.ts';
import type { CommandContext } from './command-context.ts';

export function buildCommand(context: CommandContext): Command {
  return new Command('build')
    .description('prepare the workflow bundle, so that workers start at once and need no writable folder')
    .action(async () => {
      const logger = await createLogger({ level: 'WARN', to: 'stdout', rotatedDir: null });
      const { code } = await workflowBundle(temporalLogger(logger));
      context.stdout(`The workflow bundle is ready (${Math.round(code.length / 1024)} kB).\n`);
    });
}
