import { pipeline, Readable } from 'node:stream';
import { crc32, createGunzip, createInflateRaw } from 'node:zlib';

import type { Range } from './file-chunks.ts';
import { chunkBytes } from './file-chunks.ts';
import { FileUnreadable } from './file-unreadable.ts';

/** Where the text lies in an archive, and how it was packed. */
export interface PackedText extends Range {
  readonly archive: 'gzip' | 'zip';
  readonly method: 'gzip' | 'deflate' | 'stored';
  /** What a zip archive says of the text; a gzip archive has that in itself, and zlib compares it. */
  readonly expected: { readonly bytes: number; readonly crc32: number } | null;
}

/**
 * `bytes`: a larger text fills the disk of many a database, and nobody reads it in one piece. `ratio`: tables of text are packed
 * 5 to 50 times smaller, deflate can do 1,032 times, and what comes near that was made to do harm. A text of up to
 * `harmlessBytes` may be packed as small as it likes: a short file of one repeated row is no attack.
 */
const limits = { bytes: 20_000_000_000, ratio: 200, harmlessBytes: 16_777_216 } as const;

/** How many bytes may come out of so many. */
export function unpackedLimit(packedBytes: number): number {
  return Math.min(limits.bytes, Math.max(limits.harmlessBytes, limits.ratio * packedBytes));
}

/**
 * The text in full chunks but for the last, each good until the next one is asked for; `packed` are the bytes of its range.
 * Throws FileUnreadable `damaged_archive`, `archive_too_large`; the first can come after the last chunk.
 */
export async function* unpack(packed: AsyncIterable<Buffer>, text: PackedText): AsyncGenerator<Buffer, void> {
  const limit = unpackedLimit(text.end - text.start);
  let bytes = 0;
  let checksum = 0;
  for await (const chunk of fullChunks(text.method === 'stored' ? packed : inflate(packed, text))) {
    bytes += chunk.length;
    if (bytes > limit) throw tooLarge(text, limit);
    if (text.expected !== null) checksum = crc32(chunk, checksum);
    yield chunk;
  }
  if (text.expected === null) return;
  if (bytes !== text.expected.bytes)
    throw damaged(text.archive, `${bytes} bytes were in it instead of ${text.expected.bytes}`);
  if (checksum !== text.expected.crc32) throw damaged(text.archive, wrongChecksum);
}

export function damaged(archive: PackedText['archive'], what: string): FileUnreadable {
  return new FileUnreadable(
    'damaged_archive',
    `The ${archive} archive is damaged: ${what}. Upload it again.`,
  );
}

const wrongChecksum = 'its content does not have the checksum that is noted in it';
const somethingBehind = 'behind its end there is something else';

/** What zlib says, in words for those who do not know the format. The first header was looked at before. */
const complaints: Readonly<Record<string, string>> = {
  'unexpected end of file': 'it ends too early, as if it had been cut off',
  'incorrect data check': wrongChecksum,
  'incorrect header check': somethingBehind,
};

async function* inflate(packed: AsyncIterable<Buffer>, text: PackedText): AsyncGenerator<Buffer, void> {
  const options = { chunkSize: chunkBytes };
  const engine = text.method === 'gzip' ? createGunzip(options) : createInflateRaw(options);
  // The engine's errors are thrown where its output is read.
  pipeline(Readable.from(copies(packed)), engine, () => undefined);
  try {
    for await (const chunk of engine) yield chunk as Buffer;
  } catch (error) {
    throw refusalOf(error, text) ?? error;
  }
  // Behind the end of gzip at a zero, and behind that of deflate at anything, the engine stops without an error.
  if (engine.bytesWritten !== text.end - text.start) throw damaged(text.archive, somethingBehind);
}

function refusalOf(error: unknown, { archive }: PackedText): FileUnreadable | null {
  const isOfBytes =
    error instanceof Error && 'code' in error && /^Z_(DATA|BUF)_ERROR$/.test(String(error.code));
  return isOfBytes ? damaged(archive, complaints[error.message] ?? error.message) : null;
}

/** A stream asks for the next chunk while the engine still reads the one before. */
async function* copies(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  for await (const chunk of chunks) yield Buffer.from(chunk);
}

/** The readers behind take the first chunk for the head of the file, whatever pieces the engine makes. */
async function* fullChunks(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  const chunk = Buffer.allocUnsafe(chunkBytes);
  let length = 0;
  for await (const piece of pieces) {
    for (let taken = 0; taken < piece.length; ) {
      const copied = piece.copy(chunk, length, taken);
      taken += copied;
      length += copied;
      if (length < chunkBytes) break;
      yield chunk;
      length = 0;
    }
  }
  if (length > 0) yield chunk.subarray(0, length);
}

function tooLarge({ archive, start, end }: PackedText, limit: number): FileUnreadable {
  const text = (bytes: number) => bytes.toLocaleString('en-US');
  return new FileUnreadable(
    'archive_too_large',
    `More than ${text(limit)} bytes come out of the ${text(end - start)} of the ${archive} archive, which is more than any table of ` +
      'this size would have. If it is one, upload it unpacked, or in several files.',
  );
}
