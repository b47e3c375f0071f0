import type { Encoding } from './encoding.ts';
import { byteOrderMark } from './encoding.ts';
import { LineCounter } from './line-counter.ts';
import { isMostlyUtf8, Utf8Check } from './utf8-check.ts';

/** What a first pass over a file's bytes finds, before anything is parsed. */
export interface Survey {
  readonly encoding: Encoding;
  /** The whole file, its byte order mark included. */
  readonly bytes: number;
  /** Physical lines. */
  readonly lines: number;
}

/**
 * A byte order mark decides the encoding. Without one, a file that is valid UTF-8 throughout is UTF-8. Otherwise the whole file
 * is weighed: damaged UTF-8, or Windows-1252. `read` gives the bytes of the file from its start, up to twice.
 */
export async function survey(head: Buffer, read: () => AsyncIterable<Buffer>): Promise<Survey> {
  const mark = byteOrderMark(head);
  const bomLength = mark?.bomLength ?? 0;
  const wide = mark?.name === 'utf-16le' || mark?.name === 'utf-16be' ? mark.name : null;
  const lineCounter = new LineCounter(wide ?? 'bytes');
  const utf8 = new Utf8Check();
  let bytes = 0;
  for await (const chunk of read()) {
    const text = bytes === 0 ? chunk.subarray(bomLength) : chunk;
    lineCounter.push(text);
    if (wide === null) utf8.push(text);
    bytes += chunk.length;
  }
  const { lines } = lineCounter;
  if (wide !== null) return { encoding: { name: wide, bomLength }, bytes, lines };
  const name = utf8.isValid
    ? 'utf-8'
    : bomLength > 0 || (await isMostlyUtf8(read()))
      ? 'utf-8-damaged'
      : 'windows-1252';
  return { encoding: { name, bomLength }, bytes, lines };
}
