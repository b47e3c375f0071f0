import type { TextEncoding } from '../domain/dataset.ts';
import type { Encoding } from './encoding.ts';
import { encodingOfHead } from './encoding.ts';
import { FileUnreadable } from './file-unreadable.ts';
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
 * A byte order mark or the zeros of UTF-16 decide the encoding, then the dataset (`wanted`). Without these, a file that is valid
 * UTF-8 throughout is UTF-8. Otherwise the whole file is weighed: damaged UTF-8, or Windows-1252. `read` gives the bytes of the
 * file from its start, up to twice.
 *
 * Throws FileUnreadable `undecodable`.
 */
export async function survey(
  head: Buffer,
  wanted: TextEncoding | null,
  read: () => AsyncIterable<Buffer>,
): Promise<Survey> {
  const known = encodingOfHead(head, wanted);
  const bomLength = known?.bomLength ?? 0;
  const wide = known?.name === 'utf-16le' || known?.name === 'utf-16be' ? known.name : null;
  const lineCounter = new LineCounter(wide ?? 'bytes');
  const utf8 = new Utf8Check();
  let bytes = 0;
  for await (const chunk of read()) {
    const text = bytes === 0 ? chunk.subarray(bomLength) : chunk;
    lineCounter.push(text);
    if (wide === null) utf8.push(text);
    bytes += chunk.length;
  }
  const name = wide ?? (await weighed(utf8, { wanted, hasMark: known !== null }, read));
  return { encoding: { name, bomLength }, bytes, lines: lineCounter.lines };
}

async function weighed(
  utf8: Utf8Check,
  { wanted, hasMark }: { readonly wanted: TextEncoding | null; readonly hasMark: boolean },
  read: () => AsyncIterable<Buffer>,
): Promise<Encoding['name']> {
  if (wanted === 'windows-1252') return wanted;
  if (utf8.isValid) return 'utf-8';
  if (hasMark || (await isMostlyUtf8(read()))) return 'utf-8-damaged';
  if (wanted === null) return 'windows-1252';
  throw new FileUnreadable(
    'undecodable',
    'The dataset says that its files are UTF-8, and this one is not: it has more bytes that are not UTF-8 than characters beyond ' +
      'ASCII. Save it as UTF-8, or leave the encoding out of the dataset: it is then found out for each file.',
  );
}
