import { Command } from 'commander';

import { configuredGateway } from '../sharepoint/configured-gateway.ts';
import { type AccessCheck, checkAccess } from './check-access.ts';
import { type CommandContext, CommandFailed, exitCodes } from './command-context.ts';
import { commandSettings, configOption, outputOption } from './command-settings.ts';
import { exitCodeOf } from './exit-code-of.ts';
import { visible } from './visible.ts';

interface Options {
  readonly config?: string;
  readonly output: string;
}

export function sharepointCheckCommand(context: CommandContext): Command {
  return new Command('check')
    .description('sign in, find site, library and folder, list and read; say what is missing')
    .option(...configOption)
    .addOption(outputOption())
    .action((options: Options) => check(context, options));
}

async function check(context: CommandContext, options: Options): Promise<void> {
  const settings = commandSettings(context, options);
  const gateway = configuredGateway(settings);
  if (gateway === null)
    throw new CommandFailed(
      exitCodes.settings,
      'No SharePoint is configured: set scheduler.sharepoint_folder to the address of a folder in the browser, and ' +
        'what the sign-in needs (docs/sharepoint.md), or try it beside `charlie up`.',
    );
  const isText = options.output === 'text';
  let checks: readonly AccessCheck[];
  try {
    checks = await checkAccess(gateway, settings, (each) => {
      if (isText) context.stdout(line(each));
    });
  } finally {
    await gateway.close();
  }
  if (!isText) context.stdout(`${JSON.stringify(checks.map(shown))}\n`);
  const failed = checks.find(({ ok }) => ok === false);
  if (failed !== undefined)
    throw new CommandFailed(exitCodeOf(failed.error), `Not in order: ${failed.name}.`);
}

function shown({ name, ok, detail, remedy }: AccessCheck): object {
  return { name, ok, detail, remedy };
}

function line({ name, ok, detail, remedy }: AccessCheck): string {
  const mark = ok === null ? '-' : ok ? '✔' : '✘';
  const what = `  ${mark} ${name.padEnd(9)} ${visible(detail)}\n`;
  return remedy === null ? what : `${what}              → ${visible(remedy)}\n`;
}
