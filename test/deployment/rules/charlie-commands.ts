import type { Command } from 'commander';

import { apiCommand } from '../../../src/commands/api.ts';
import { doctorCommand } from '../../../src/commands/doctor.ts';
import { runCommand } from '../../../src/commands/run.ts';
import { simulatorCommand } from '../../../src/commands/simulator.ts';
import { workerCommand } from '../../../src/commands/worker.ts';
import { root } from '../topology.ts';

const context = {
  cwd: root,
  env: {},
  stdout: () => undefined,
  stderr: () => undefined,
  columns: 120,
  interactive: false,
  ask: null,
};
export const commands = new Map<string, Command>(
  [apiCommand, runCommand, workerCommand, simulatorCommand, doctorCommand].map((make) => {
    const command = make(context).exitOverride();
    return [command.name(), command];
  }),
);

/** Whether `charlie` understands it. */
export function misunderstood([name = '', ...args]: readonly string[]): string[] {
  const command = commands.get(name);
  if (command === undefined) return [`charlie has no command "${name}" for it`];
  const { unknown, operands } = command.parseOptions(args);
  return [...unknown, ...operands].map((each) => `charlie ${name} does not know "${each}"`);
}
