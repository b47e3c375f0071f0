import type { ChunkFile } from '../src/database/queries/chunk-files.ts';
import { localStampIfThere } from '../src/directory/local-stamp.ts';
import { LocalFileChanged } from './errors.ts';

/** @throws {LocalFileChanged} when what lies there is not the file that was downloaded. */
export async function assertUnchanged(file: ChunkFile, path: string): Promise<void> {
  if (!(await isUnchanged(file, path))) throw new LocalFileChanged(path);
}

export async function isUnchanged({ localStamp: stamp }: ChunkFile, path: string): Promise<boolean> {
  return (await localStampIfThere(path)) === stamp;
}
