import type { FileHandle } from 'node:fs/promises';

/** Small enough that the work on one chunk never holds the event loop for more than a few milliseconds. */
const chunkBytes = 131_072;

/** The file from byte `position` on, in full chunks but for the last. Each chunk is the reader's to keep. */
export async function* fileChunks(handle: FileHandle, position: number): AsyncGenerator<Buffer, void> {
  let at = position;
  for (;;) {
    const chunk = await readFully(handle, at);
    if (chunk.length > 0) yield chunk;
    if (chunk.length < chunkBytes) return;
    at += chunk.length;
  }
}

async function readFully(handle: FileHandle, position: number): Promise<Buffer> {
  const chunk = Buffer.allocUnsafe(chunkBytes);
  let length = 0;
  while (length < chunkBytes) {
    const { bytesRead } = await handle.read(chunk, length, chunkBytes - length, position + length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return chunk.subarray(0, length);
}
