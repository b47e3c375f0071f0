/** `utf-8-damaged`: UTF-8 with some invalid bytes in it, whose rows are rejected. */
export type EncodingName = 'utf-8' | 'utf-8-damaged' | 'utf-16le' | 'utf-16be' | 'windows-1252';

export interface Encoding {
  readonly name: EncodingName;
  /** Length of the byte order mark. */
  readonly bomLength: number;
}

/** What a byte order mark says; null: there is none. */
export function byteOrderMark(head: Buffer): Encoding | null {
  if (head[0] === 0xff && head[1] === 0xfe) return { name: 'utf-16le', bomLength: 2 };
  if (head[0] === 0xfe && head[1] === 0xff) return { name: 'utf-16be', bomLength: 2 };
  return head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? { name: 'utf-8', bomLength: 3 } : null;
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
