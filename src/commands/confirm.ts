import { type CommandContext, CommandFailed, exitCodes } from './command-context.ts';

/** Throws CommandFailed unless the person at the terminal agrees. */
export async function confirm({ ask }: CommandContext, question: string): Promise<void> {
  if (ask === null)
    throw new CommandFailed(
      exitCodes.usage,
      'Nobody is there to confirm it: say --yes. Nothing was changed.',
    );
  const answer = await ask(`${question} [y/N] `);
  if (!/^y(es)?$/i.test(answer.trim())) throw new CommandFailed(exitCodes.failed, 'Nothing was changed.');
}
