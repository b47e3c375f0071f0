import type { FileHandle } from 'node:fs/promises';

/** Small enough that the work on one chunk never holds the event loop for more than a few milliseconds. */
export const chunkBytes = 131_072;

/** Read at once, of a file that is as large: a read costs the same for one chunk as for a few. */
const blockBytes = 4 * chunkBytes;

/** Of a file, the bytes from `start` up to `end`. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * A range of the file in full chunks but for the last. Each is good until the next one is asked for: they lie in one piece
 * of memory. `known`: the whole file, where it has been read already.
 */
export async function* fileChunks(
  handle: FileHandle,
  { start, end }: Range,
  known: Buffer | null = null,
): AsyncGenerator<Buffer, void> {
  if (known !== null) {
    if (end > start) yield known.subarray(start, end);
    return;
  }
  // Room for a byte more tells that there is none.
  const chunks = Math.ceil((end - start + 1) / chunkBytes);
  const block = Buffer.allocUnsafe(Math.min(blockBytes, chunks * chunkBytes));
  let position = start;
  for (;;) {
    const wanted = block.subarray(0, Math.min(block.length, end - position));
    const length = await readAt(handle, wanted, position);
    for (let at = 0; at < length; at += chunkBytes) {
      yield block.subarray(at, Math.min(length, at + chunkBytes));
    }
    if (length < block.length) return;
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
