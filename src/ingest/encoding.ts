import type { TextEncoding } from '../domain/dataset.ts';
import { FileUnreadable } from './file-unreadable.ts';

/** `utf-8-damaged`: UTF-8 with some invalid bytes in it, whose rows are rejected. */
export type EncodingName = TextEncoding | 'utf-8-damaged';

export interface Encoding {
  readonly name: EncodingName;
  /** Length of the byte order mark. */
  readonly bomLength: number;
}

/** Of the head, as far as it is looked at for zeros. */
const sampleBytes = 4_096;

/**
 * What the first bytes of a file say about its encoding: by a byte order mark, or by the zeros that UTF-16 has in each letter,
 * digit, delimiter and line break of ASCII. Null: one byte or more a character, without a mark.
 *
 * Throws FileUnreadable `undecodable` when that cannot be what the dataset says (`wanted`).
 */
export function encodingOfHead(head: Buffer, wanted: TextEncoding | null): Encoding | null {
  const found = byteOrderMark(head) ?? utf16ByZeros(head);
  const name = found?.name ?? null;
  const isWanted16 = wanted === 'utf-16le' || wanted === 'utf-16be';
  if (wanted === null || name === wanted || (name === null && !isWanted16)) return found;
  // Text that is not of ASCII has few zeros, but its delimiters and line breaks have.
  if (name === null && isWanted16 && head.includes(0)) return { name: wanted, bomLength: 0 };
  const instead =
    name === null
      ? 'holds no zero, as UTF-16 would in each comma and line break'
      : `is ${name.toUpperCase()} by its first bytes`;
  throw new FileUnreadable(
    'undecodable',
    `The dataset says that its files are ${wanted.toUpperCase()}, and this one ${instead}. Save it as ${wanted.toUpperCase()}, ` +
      'or leave the encoding out of the dataset: it is then found out for each file.',
  );
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

function byteOrderMark(head: Buffer): Encoding | null {
  const start = head.toString('latin1', 0, 4);
  if (start === '\xff\xfe\0\0' || start === '\0\0\xfe\xff') {
    throw new FileUnreadable('undecodable', 'The file is UTF-32 by its first bytes. Save it as UTF-8.');
  }
  if (start.startsWith('\xff\xfe')) return { name: 'utf-16le', bomLength: 2 };
  if (start.startsWith('\xfe\xff')) return { name: 'utf-16be', bomLength: 2 };
  return start.startsWith('\xef\xbb\xbf') ? { name: 'utf-8', bomLength: 3 } : null;
}

function utf16ByZeros(head: Buffer): Encoding | null {
  const sample = head.subarray(0, sampleBytes);
  const zeros = [0, 0] as [even: number, odd: number];
  for (const [at, byte] of sample.entries()) if (byte === 0) zeros[(at & 1) as 0 | 1] += 1;
  const [even, odd] = zeros;
  const many = sample.length / 4;
  if (odd > many && even < odd / 10) return { name: 'utf-16le', bomLength: 0 };
  return even > many && odd < even / 10 ? { name: 'utf-16be', bomLength: 0 } : null;
}
