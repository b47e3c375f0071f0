import { Command } from 'commander';

import { askWorkers } from './ask-workers.ts';
import type { Check } from './check-parts.ts';
import { type CommandContext, CommandFailed, exitCodes } from './command-context.ts';
import { commandSettings, configOption, outputOption } from './command-settings.ts';

interface Options {
  readonly config?: string;
  readonly output: string;
  readonly worker?: true;
}

export function doctorCommand(context: CommandContext): Command {
  return new Command('doctor')
    .description('check every part that a run needs, and say what to do about what is wrong')
    .option('--worker', 'check only that a worker here is alive and asks for work')
    .option(...configOption)
    .addOption(outputOption())
    .action((options: Options) => doctor(context, options));
}

async function doctor(context: CommandContext, options: Options): Promise<void> {
  const checks = options.worker === true ? await checkWorkers() : await checkAll(context, options);
  if (options.output === 'json') context.stdout(`${JSON.stringify(checks)}\n`);
  else
    for (const { name, ok, detail } of checks)
      context.stdout(`  ${ok ? '✔' : '✘'} ${name.padEnd(11)} ${detail}\n`);
  const wrong = checks.filter(({ ok }) => !ok);
  if (wrong.length > 0)
    throw new CommandFailed(
      exitCodes.dependency,
      `Not in order: ${wrong.map(({ name }) => name).join(', ')}.`,
    );
}

/** Loaded when it is needed: a container is asked for its worker every half minute. */
async function checkAll(context: CommandContext, options: Options): Promise<Check[]> {
  const settings = commandSettings(context, options);
  const { checkParts } = await import('./check-parts.ts');
  return checkParts(settings);
}

async function checkWorkers(): Promise<Check[]> {
  const workers = await askWorkers();
  if (workers.length === 0)
    return [
      { name: 'Worker', ok: false, detail: 'None runs here: start `charlie worker` or `charlie run`.' },
    ];
  return workers.map(({ pid, ok, detail }) => ({ name: `Worker ${pid}`, ok, detail }));
}
