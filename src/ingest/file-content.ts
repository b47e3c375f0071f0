import type { FileHandle } from 'node:fs/promises';

import { fileChunks } from './file-chunks.ts';
import { FileUnreadable } from './file-unreadable.ts';
import { foreignFormat, isGzip, isZip, notCsv, zippedDocument } from './foreign-format.ts';
import type { PackedText } from './unpack.ts';
import { unpack } from './unpack.ts';
import { textInZip } from './zip-directory.ts';

/** A file as text, whether it is packed or not: what reads it sees the unpacked bytes alone, with their lines and offsets. */
export interface FileContent {
  /** The first chunk; empty when there is none. */
  readonly head: Buffer;
  /** Of the file as it lies there: packed. */
  readonly fileBytes: number;
  /** Null: it is not packed. */
  readonly archive: PackedText['archive'] | null;
  /**
   * From the start, in full chunks but for the last, each good until the next one is asked for. `onRead` gets how many of `fileBytes` were
   * read so far. Throws FileUnreadable `damaged_archive`, `archive_too_large`.
   */
  chunks(onRead?: (bytes: number) => void): AsyncGenerator<Buffer, void>;
}

/** Throws FileUnreadable `not_csv`, and what `textInZip` and `chunks` throw. */
export async function openContent(handle: FileHandle): Promise<FileContent> {
  const { size } = await handle.stat();
  const whole = { start: 0, end: size };
  const start = await first(fileChunks(handle, whole));
  // A small file is read once: reading it takes longer than what is done with it.
  const known = start.length === size ? start : null;
  const packed = await packedText(handle, start, size);
  function chunks(onRead?: (bytes: number) => void): AsyncGenerator<Buffer, void> {
    if (packed === null) return counted(fileChunks(handle, whole, known), onRead);
    return unpack(counted(fileChunks(handle, packed, known), onRead), packed);
  }
  const head = packed === null ? start : await first(chunks());
  const format = foreignFormat(head);
  if (format === null) return { head, fileBytes: size, archive: packed?.archive ?? null, chunks };
  if (packed === null) throw notCsv(format);
  throw new FileUnreadable(
    'not_csv',
    `What is in the ${packed.archive} archive is ${format}. Upload one CSV file, packed once or not at all.`,
  );
}

/** Null: the file is not packed. */
async function packedText(handle: FileHandle, start: Buffer, size: number): Promise<PackedText | null> {
  if (isGzip(start)) return { archive: 'gzip', method: 'gzip', start: 0, end: size, expected: null };
  if (!isZip(start)) return null;
  try {
    return await textInZip(handle, size);
  } catch (error) {
    if (!(error instanceof FileUnreadable && error.reason === 'damaged_archive')) throw error;
    // One that was cut off has lost its directory, and still shows by its beginning what it was.
    const document = zippedDocument(start.toString('latin1'));
    throw document === null ? error : notCsv(document);
  }
}

/** Ends the reading, too. */
async function first(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  for await (const chunk of chunks) return chunk;
  return Buffer.alloc(0);
}

async function* counted(
  chunks: AsyncIterable<Buffer>,
  onRead: ((bytes: number) => void) | undefined,
): AsyncGenerator<Buffer, void> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    onRead?.(bytes);
    yield chunk;
  }
}
