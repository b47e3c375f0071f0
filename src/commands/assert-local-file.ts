import { stat } from 'node:fs/promises';

import { CommandFailed, exitCodes } from './command-context.ts';

/** Throws CommandFailed when there is no such file, or it is a folder. */
export async function assertLocalFile(path: string): Promise<void> {
  const found = await stat(path).catch((error: unknown) => {
    const said = error instanceof Error ? error.message : String(error);
    throw new CommandFailed(exitCodes.notFound, `${path} cannot be read (${said}).`);
  });
  if (!found.isFile()) throw new CommandFailed(exitCodes.usage, `${path} is no file. Name the files in it.`);
}
