import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';

import { claimStateDirectory } from '../local/single-instance.ts';
import { prepareStateDirectory } from '../local/state-directory.ts';
import { connectionVariables } from '../simulator/connection-variables.ts';
import { ServedDirectoryUnusable } from '../simulator/directory-files.ts';
import { type Connection, type SimulatorOptions, startSimulator } from '../simulator/simulator.ts';
import { type CommandContext, CommandFailed, exitCodes } from './command-context.ts';
import { aborted, stopSignal } from './stop-signal.ts';

interface Flags {
  readonly port: number;
  readonly host: string;
  readonly stateDir: string;
  readonly files?: string;
  readonly seed: number;
}

/** `charlie simulator`: a SharePoint of one's own, until it is told to stop. */
export function simulatorCommand(context: CommandContext): Command {
  return new Command('simulator')
    .description('run a simulated SharePoint over HTTPS until Ctrl-C')
    .option('--port <number>', 'port to listen on; 0 takes any free one', wholeNumber(65_535), 8443)
    .option('--host <name>', 'name to be reached by, and address to listen on', 'localhost')
    .option('--files <dir>', "serve this directory's files in place of generated data")
    .option('--state-dir <dir>', 'where its certificate and its library live', '.charlie/simulator')
    .option('--seed <number>', 'the same seed gives the same data', wholeNumber(Number.MAX_SAFE_INTEGER), 1)
    .action(async (flags: Flags) => {
      const stateDir = resolve(context.cwd, flags.stateDir);
      await prepareStateDirectory(stateDir);
      const release = await claimStateDirectory(stateDir);
      try {
        await simulate(context, { ...flags, stateDir });
      } finally {
        await release();
      }
    });
}

async function simulate(context: CommandContext, flags: Flags): Promise<void> {
  const simulator = await start({
    port: flags.port,
    host: flags.host,
    seed: flags.seed,
    stateDir: flags.stateDir,
    files: flags.files === undefined ? undefined : resolve(context.cwd, flags.files),
  });
  using stop = stopSignal();
  context.stderr(describe(simulator.url, simulator.connection));
  await aborted(stop.drain);
  await simulator.close();
}

async function start(options: SimulatorOptions): ReturnType<typeof startSimulator> {
  try {
    return await startSimulator(options);
  } catch (error) {
    if (error instanceof ServedDirectoryUnusable) {
      throw new CommandFailed(exitCodes.notFound, `${error.message} Give --files an existing one.`, {
        cause: error,
      });
    }
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTFOUND' || code === 'EADDRNOTAVAIL') {
      const message = `No address of this machine is called ${options.host ?? 'localhost'}. Give --host a name or an address that this machine has.`;
      throw new CommandFailed(exitCodes.conflict, message, { cause: error });
    }
    if (code === 'EADDRINUSE') {
      const message = `Port ${options.port} of ${options.host ?? 'localhost'}, which the simulator asks for, is taken. Stop the program that has it, or choose another port with --port (0 takes any free one).`;
      throw new CommandFailed(exitCodes.conflict, message, { cause: error });
    }
    throw error;
  }
}

function describe(url: string, connection: Connection): string {
  const lines = Object.entries(connectionVariables(connection)).map(([key, value]) => `${key}="${value}"`);
  return [
    `Simulated SharePoint at ${url} (Ctrl-C stops it). To use it, put this into .env:`,
    '',
    ...lines,
    '',
    '',
  ].join('\n');
}

function wholeNumber(most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value <= most) return value;
    throw new InvalidArgumentError(`It has to be a whole number from 0 to ${most}.`);
  };
}
