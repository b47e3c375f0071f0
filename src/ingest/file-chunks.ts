import type { FileHandle } from 'node:fs/promises';

/** Small enough that the work on one chunk never holds the event loop for more than a few milliseconds. */
const chunkBytes = 131_072;

/** Read at once: a read costs the same for one chunk as for a few. */
const blockBytes = 4 * chunkBytes;

/**
 * The file from its first byte on, in full chunks but for the last. Each is good until the next one is asked for: they lie in one
 * piece of memory.
 */
export async function* fileChunks(handle: FileHandle): AsyncGenerator<Buffer, void> {
  const block = Buffer.allocUnsafe(blockBytes);
  let position = 0;
  for (;;) {
    const length = await fill(handle, block, position);
    for (let at = 0; at < length; at += chunkBytes) {
      yield block.subarray(at, Math.min(length, at + chunkBytes));
    }
    if (length < blockBytes) return;
    position += length;
  }
}

/** Returns how many bytes there were; fewer than asked for only at the end of the file. */
async function fill(handle: FileHandle, block: Buffer, position: number): Promise<number> {
  let length = 0;
  while (length < block.length) {
    const { bytesRead } = await handle.read(block, length, block.length - length, position + length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return length;
}
