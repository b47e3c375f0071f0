import process from 'node:process';

import { Command, CommanderError } from 'commander';

import packageJson from '../../package.json' with { type: 'json' };
import { buildCommand } from './build.ts';
import { type CommandContext, CommandFailed, type ExitCode, exitCodes } from './command-context.ts';
import { configCommand } from './config.ts';
import { doctorCommand } from './doctor.ts';
import { exitCodeOf } from './exit-code-of.ts';
import { ingestCommand } from './ingest.ts';
import { migrateCommand } from './migrate.ts';
import { runCommand } from './run.ts';
import { runOnceCommand } from './run-once.ts';
import { simulatorCommand } from './simulator.ts';
import { triggerCommand } from './trigger.ts';
import { upCommand } from './up.ts';
import { workerCommand } from './worker.ts';

/** Runs one command line; resolves with the exit code. Everything that a person must read has been written by then. */
async function charlie(args: readonly string[], context: CommandContext): Promise<ExitCode> {
  const program = new Command('charlie')
    .description('CSV files from SharePoint into Postgres and Excel, exactly once, on Temporal.')
    .version(packageJson.version)
    .exitOverride()
    .configureOutput({ writeOut: context.stdout, writeErr: context.stderr })
    .showSuggestionAfterError()
    .showHelpAfterError('(--help shows what is accepted)');
  const commands = [
    upCommand,
    runCommand,
    triggerCommand,
    runOnceCommand,
    ingestCommand,
    workerCommand,
    simulatorCommand,
    migrateCommand,
    configCommand,
    doctorCommand,
    buildCommand,
  ];
  for (const make of commands) program.addCommand(withOutput(make(context), program));

  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCodes.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    const exitCode = exitCodeOf(error);
    if (error instanceof Error) {
      if (error.message !== '') context.stderr(`charlie: ${error.message}\n`);
      if (exitCode === exitCodes.failed && !(error instanceof CommandFailed))
        context.stderr(`${error.stack ?? ''}\n`);
    }
    return exitCode;
  }
}

/** commander hands settings down only to the commands that it makes itself. */
function withOutput(command: Command, program: Command): Command {
  command.copyInheritedSettings(program);
  for (const child of command.commands) withOutput(child, program);
  return command;
}

process.exitCode = await charlie(process.argv.slice(2), {
  cwd: process.cwd(),
  env: process.env,
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
  interactive:
    process.stderr.isTTY && process.env['TERM'] !== 'dumb' && (process.env['NO_COLOR'] ?? '') === '',
});
