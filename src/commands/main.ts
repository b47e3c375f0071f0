import { once } from 'node:events';
import process from 'node:process';
import { createInterface } from 'node:readline/promises';

import { charlie } from './charlie.ts';
import { CommandFailed, exitCodes } from './command-context.ts';

/** An input that ends is no answer. */
async function ask(question: string): Promise<string> {
  using terminal = createInterface({ input: process.stdin, output: process.stderr });
  const ended = once(terminal, 'close').then(() => '');
  try {
    return await Promise.race([terminal.question(question), ended]);
  } catch {
    throw new CommandFailed(exitCodes.interrupted, 'Interrupted. Nothing was changed.');
  }
}

// A terminal that was closed, or a pipe whose reader has left, must not keep the work from ending in order.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

const exitCode = await charlie(process.argv.slice(2), {
  cwd: process.cwd(),
  env: process.env,
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
  // A pipe has no width of its own.
  columns: process.stdout.isTTY ? process.stdout.columns : 200,
  interactive:
    process.stderr.isTTY && process.env['TERM'] !== 'dumb' && (process.env['NO_COLOR'] ?? '') === '',
  ask: process.stdin.isTTY && process.stderr.isTTY ? ask : null,
});
process.exitCode = exitCode;
// Work that a second signal cut off would keep the process alive until its own time limit.
if (exitCode === exitCodes.interrupted) process.exit();
