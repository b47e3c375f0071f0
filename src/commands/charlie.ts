import { Command, CommanderError } from 'commander';

import packageJson from '../../package.json' with { type: 'json' };
import { type CommandContext, type ExitCode, exitCodes } from './command-context.ts';
import { exitCodeOf, isDefect } from './exit-code-of.ts';
import { visible } from './visible.ts';

type MakeCommand = (context: CommandContext) => Command;

/** Loaded when it is needed: the Temporal SDK alone takes a second, which `config check` should not wait for. */
const commands: Readonly<Record<string, () => Promise<MakeCommand>>> = {
  up: async () => (await import('./up.ts')).upCommand,
  run: async () => (await import('./run.ts')).runCommand,
  trigger: async () => (await import('./trigger.ts')).triggerCommand,
  'run-once': async () => (await import('./run-once.ts')).runOnceCommand,
  ingest: async () => (await import('./ingest.ts')).ingestCommand,
  generate: async () => (await import('./generate.ts')).generateCommand,
  api: async () => (await import('./api.ts')).apiCommand,
  tokens: async () => (await import('./tokens.ts')).tokensCommand,
  worker: async () => (await import('./worker.ts')).workerCommand,
  schedules: async () => (await import('./schedules.ts')).schedulesCommand,
  sharepoint: async () => (await import('./sharepoint.ts')).sharepointCommand,
  simulator: async () => (await import('./simulator.ts')).simulatorCommand,
  migrate: async () => (await import('./migrate.ts')).migrateCommand,
  config: async () => (await import('./config.ts')).configCommand,
  datasets: async () => (await import('./datasets.ts')).datasetsCommand,
  files: async () => (await import('./files.ts')).filesCommand,
  quarantine: async () => (await import('./quarantine.ts')).quarantineCommand,
  purge: async () => (await import('./purge.ts')).purgeCommand,
  doctor: async () => (await import('./doctor.ts')).doctorCommand,
  build: async () => (await import('./build.ts')).buildCommand,
};

/** Runs one command line; resolves with the exit code. Everything that a person must read has been written by then. */
export async function charlie(args: readonly string[], context: CommandContext): Promise<ExitCode> {
  const program = new Command('charlie')
    .description('CSV files from SharePoint into Postgres and Excel, exactly once, on Temporal.')
    .version(packageJson.version)
    .exitOverride()
    .configureOutput({ writeOut: context.stdout, writeErr: context.stderr })
    .showSuggestionAfterError()
    .showHelpAfterError('(--help shows what is accepted)');
  for (const make of await neededCommands(args)) program.addCommand(withOutput(make(context), program));

  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCodes.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    const exitCode = exitCodeOf(error);
    if (error instanceof Error) {
      if (error.message !== '') context.stderr(`charlie: ${visible(error.message)}\n`);
      if (isDefect(error)) context.stderr(`${error.stack ?? ''}\n`);
    }
    return exitCode;
  }
}

/** The one that is asked for; all of them for the help, and for suggesting the nearest one. */
async function neededCommands([name = '']: readonly string[]): Promise<MakeCommand[]> {
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load !== undefined) return [await load()];
  if (name === '--version' || name === '-V') return [];
  return Promise.all(Object.values(commands).map((each) => each()));
}

/** commander hands settings down only to the commands that it makes itself. */
function withOutput(command: Command, program: Command): Command {
  command.copyInheritedSettings(program);
  for (const child of command.commands) withOutput(child, program);
  return command;
}
