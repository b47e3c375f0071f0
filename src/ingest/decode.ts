import { isAscii } from 'node:buffer';
import { TextDecoder } from 'node:util';

import type { Encoding } from './encoding.ts';
import { FileUnreadable } from './file-unreadable.ts';

/** The text behind the byte order mark in UTF-8, chunk by chunk. Throws FileUnreadable `undecodable`. */
export function decode(chunks: AsyncIterable<Buffer>, encoding: Encoding): AsyncIterable<Buffer> {
  const text = encoding.bomLength === 0 ? chunks : withoutMark(chunks, encoding.bomLength);
  switch (encoding.name) {
    case 'utf-8':
    case 'utf-8-damaged':
      return text;
    case 'windows-1252':
      return decodeWindows1252(text);
    case 'utf-16le':
    case 'utf-16be':
      return decodeUtf16(text, encoding.name, encoding.bomLength);
  }
}

async function* withoutMark(chunks: AsyncIterable<Buffer>, length: number): AsyncGenerator<Buffer, void> {
  let ahead = length;
  for await (const chunk of chunks) {
    const skipped = Math.min(ahead, chunk.length);
    ahead -= skipped;
    yield chunk.subarray(skipped);
  }
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
  bomLength: number,
): AsyncGenerator<Buffer, void> {
  const decoder = new TextDecoder(name, { fatal: true, ignoreBOM: true });
  let offset = bomLength;
  function step(chunk: Buffer | null): Buffer {
    try {
      return Buffer.from(chunk === null ? decoder.decode() : decoder.decode(chunk, { stream: true }));
    } catch {
      const detail = `Not valid ${name.toUpperCase()} at or after byte ${offset}, although it begins so. Save it as UTF-8.`;
      throw new FileUnreadable('undecodable', detail, { line: null, byteOffset: offset });
    }
  }
  for await (const chunk of chunks) {
    yield step(chunk);
    offset += chunk.length;
  }
  step(null);
}
