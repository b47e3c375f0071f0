import { InvalidArgumentError } from 'commander';

export function parseFileId(text: string): number {
  const id = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(id))
    throw new InvalidArgumentError('It is not the id of a file.');
  return id;
}

/** Of several, each once. */
export function collectFileIds(text: string, earlier: readonly number[] = []): readonly number[] {
  return [...new Set([...earlier, parseFileId(text)])];
}
