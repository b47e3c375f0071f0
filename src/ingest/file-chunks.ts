import type { FileHandle } from 'node:fs/promises';

/** Small enough that the work on one chunk never holds the event loop for more than a few milliseconds. */
export const chunkBytes = 131_072;

/** Read at once: a read costs the same for one chunk as for a few. */
const blockBytes = 4 * chunkBytes;

/** Of a file, the bytes from `start` up to `end`. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * The file, or a range of it, in full chunks but for the last. Each is good until the next one is asked for: they lie in one piece
 * of memory.
 */
export async function* fileChunks(
  handle: FileHandle,
  { start, end }: Range = { start: 0, end: Number.POSITIVE_INFINITY },
): AsyncGenerator<Buffer, void> {
  const block = Buffer.allocUnsafe(blockBytes);
  let position = start;
  for (;;) {
    const wanted = block.subarray(0, Math.min(blockBytes, end - position));
    const length = await readAt(handle, wanted, position);
    for (let at = 0; at < length; at += chunkBytes) {
      yield block.subarray(at, Math.min(length, at + chunkBytes));
    }
    if (length < blockBytes) return;
    position += length;
  }
}

/** Fills the buffer. Returns how many bytes there were; fewer than asked for only at the end of the file. */
export async function readAt(handle: FileHandle, into: Buffer, position: number): Promise<number> {
  let length = 0;
  while (length < into.length) {
    const { bytesRead } = await handle.read(into, length, into.length - length, position + length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return length;
}
