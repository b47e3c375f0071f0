import { CommandFailed } from './command-context.ts';
import { exitCodeOf } from './exit-code-of.ts';

/** What is wrong with one file, and keeps no other from being done. */
const ofOneFile: ReadonlySet<string> = new Set([
  'FileUnknown',
  'FileStateUnfit',
  'VersionGone',
  'OriginalChanged',
  'OriginalMissing',
]);

/** Does `work` for each file, one after the other; what was refused is for `failRefused`. */
export async function forEachFile<T>(
  fileIds: readonly number[],
  work: (fileId: number) => Promise<T>,
): Promise<{ readonly done: readonly T[]; readonly refused: readonly Error[] }> {
  const done: T[] = [];
  const refused: Error[] = [];
  for (const fileId of fileIds) {
    try {
      done.push(await work(fileId));
    } catch (error) {
      if (!(error instanceof Error) || !ofOneFile.has(error.name)) throw error;
      refused.push(error);
    }
  }
  return { done, refused };
}

/** Throws CommandFailed when some were refused, with every cause and the first one's exit code. */
export function failRefused(refused: readonly Error[]): void {
  const [first] = refused;
  if (first === undefined) return;
  throw new CommandFailed(exitCodeOf(first), refused.map(({ message }) => message).join('\ncharlie: '));
}
