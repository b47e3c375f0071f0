import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';

import { FileChanging } from './errors.ts';
import { readFailure } from './read-failure.ts';

export interface HashedFile {
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

/** Of a file that has as many: enough to keep a disk busy without a call per 64 KiB. */
const pieceBytes = 1 << 18;

/**
 * Reads a file once. Throws the reason of `signal` when it is aborted.
 * @throws {FileChanging} when size or time of the file changed meanwhile; {@link PathNotFound} {@link PathUnreadable}
 */
export async function hashFile(path: string, signal?: AbortSignal): Promise<HashedFile> {
  signal?.throwIfAborted();
  await using source = await open(path, 'r').catch((error: unknown) => {
    throw readFailure(path, error);
  });
  const before = await source.stat({ bigint: true });
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const piece of pieces(path, source, before.size)) {
    signal?.throwIfAborted();
    hash.update(piece);
    bytes += piece.length;
  }
  const after = await source.stat({ bigint: true });
  if (isChanged(before, after) || BigInt(bytes) !== after.size) throw new FileChanging(path);
  return { bytes, sha256: hash.digest('hex') };
}

/** Only what goes wrong with reading is translated: a disk that is written to keeps its own errors. */
async function* pieces(
  path: string,
  source: FileHandle,
  size: bigint,
): AsyncGenerator<Buffer, void, undefined> {
  try {
    const highWaterMark = Math.min(Number(size) + 1, pieceBytes);
    for await (const piece of source.createReadStream({ autoClose: false, highWaterMark })) {
      yield piece as Buffer;
    }
  } catch (error) {
    throw readFailure(path, error);
  }
}

/** Times in nanoseconds: a file written twice within a millisecond is still told apart. */
function isChanged(before: BigIntStats, after: BigIntStats): boolean {
  return before.size !== after.size || before.mtimeNs !== after.mtimeNs;
}
