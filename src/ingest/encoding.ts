import { isAscii, isUtf8 } from 'node:buffer';
import { TextDecoder } from 'node:util';

import { FileUnreadable } from './file-unreadable.ts';

/** `utf-8-damaged`: UTF-8 with some invalid bytes in it, whose rows are rejected. */
export type EncodingName = 'utf-8' | 'utf-8-damaged' | 'utf-16le' | 'utf-16be' | 'windows-1252';

export interface Encoding {
  readonly name: EncodingName;
  /** Length of the byte order mark. */
  readonly bomLength: number;
}

/**
 * A byte order mark decides. Without one, a file that is valid UTF-8 throughout is UTF-8. Otherwise the whole file is weighed:
 * where well-formed multi-byte characters outnumber the invalid bytes it is damaged UTF-8 (Windows-1252 text hardly ever
 * forms them), else Windows-1252. `reread` gives the bytes after the mark from their start, up to twice.
 */
export async function detectEncoding(
  head: Buffer,
  reread: (position: number) => AsyncIterable<Buffer>,
): Promise<Encoding> {
  if (head[0] === 0xff && head[1] === 0xfe) return { name: 'utf-16le', bomLength: 2 };
  if (head[0] === 0xfe && head[1] === 0xff) return { name: 'utf-16be', bomLength: 2 };
  const bomLength = head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? 3 : 0;
  if (await isUtf8Throughout(reread(bomLength))) return { name: 'utf-8', bomLength };
  if (bomLength > 0 || (await isMostlyUtf8(reread(0)))) return { name: 'utf-8-damaged', bomLength };
  return { name: 'windows-1252', bomLength };
}

/** The same text in UTF-8, chunk by chunk. Throws FileUnreadable `undecodable`. */
export function decode(chunks: AsyncIterable<Buffer>, encoding: Encoding): AsyncIterable<Buffer> {
  switch (encoding.name) {
    case 'utf-8':
    case 'utf-8-damaged':
      return chunks;
    case 'windows-1252':
      return decodeWindows1252(chunks);
    case 'utf-16le':
    case 'utf-16be':
      return decodeUtf16(chunks, encoding.name);
  }
}

/** How many bytes of the file the decoded `bytes[start, end)` were made from. */
export function encodedLength(name: EncodingName, bytes: Buffer, start: number, end: number): number {
  if (name === 'utf-8' || name === 'utf-8-damaged') return end - start;
  let characters = 0;
  let surrogatePairs = 0;
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    if ((byte & 0xc0) !== 0x80) characters += 1;
    if (byte >= 0xf0) surrogatePairs += 1;
  }
  return name === 'windows-1252' ? characters : 2 * (characters + surrogatePairs);
}

async function isUtf8Throughout(chunks: AsyncIterable<Buffer>): Promise<boolean> {
  let tail: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const bytes = tail.length === 0 ? chunk : Buffer.concat([tail, chunk]);
    const whole = wholeCharactersLength(bytes);
    if (!isUtf8(bytes.subarray(0, whole))) return false;
    tail = bytes.subarray(whole);
  }
  return tail.length === 0;
}

/** Without a last character whose bytes have not all come yet. */
function wholeCharactersLength(bytes: Buffer): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return needed > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

async function isMostlyUtf8(chunks: AsyncIterable<Buffer>): Promise<boolean> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let balance = 0;
  for await (const chunk of chunks) {
    const text = decoder.decode(chunk, { stream: true });
    for (let at = 0; at < text.length; at += 1) {
      const unit = text.charCodeAt(at);
      if (unit === 0xfffd) balance -= 1;
      else if (unit > 0x7f) balance += 1;
    }
  }
  return balance > 0;
}

// Bytes 0x80 to 0x9f; the five that Windows-1252 leaves undefined are NUL here.
const windows1252 = '€\0‚ƒ„…†‡ˆ‰Š‹Œ\0Ž\0\0‘’“”•–—˜™š›œ\0žŸ';

async function* decodeWindows1252(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  let offset = 0;
  for await (const chunk of chunks) {
    if (isAscii(chunk)) {
      yield chunk;
    } else {
      const base = offset;
      const text = chunk
        .toString('latin1')
        .replace(/[\x80-\x9f]/g, (character: string, at: number) => fromWindows1252(character, base + at));
      yield Buffer.from(text);
    }
    offset += chunk.length;
  }
}

function fromWindows1252(character: string, byteOffset: number): string {
  const code = character.charCodeAt(0);
  const decoded = windows1252.charAt(code - 0x80);
  if (decoded !== '\0') return decoded;
  throw new FileUnreadable(
    'undecodable',
    `Byte ${byteOffset} is 0x${code.toString(16)}, so the file is neither UTF-8 nor Windows-1252. Save it as UTF-8.`,
    { line: null, byteOffset },
  );
}

async function* decodeUtf16(
  chunks: AsyncIterable<Buffer>,
  name: 'utf-16le' | 'utf-16be',
): AsyncGenerator<Buffer, void> {
  const decoder = new TextDecoder(name, { fatal: true, ignoreBOM: true });
  let offset = 2;
  function step(chunk: Buffer | null): Buffer {
    try {
      return Buffer.from(chunk === null ? decoder.decode() : decoder.decode(chunk, { stream: true }));
    } catch {
      const detail = `Not valid ${name.toUpperCase()} at or after byte ${offset}, although the byte order mark says so. Save it as UTF-8.`;
      throw new FileUnreadable('undecodable', detail, { line: null, byteOffset: offset });
    }
  }
  for await (const chunk of chunks) {
    yield step(chunk);
    offset += chunk.length;
  }
  step(null);
}
