import type { Dataset } from '../domain/dataset.ts';
import { headerMatches } from './header.ts';
import { RecordScanner } from './record-scanner.ts';

export interface Dialect {
  /** One ASCII byte. */
  readonly delimiter: number;
  /** The first line is Excel's `sep=;`: neither header nor row. */
  readonly hasSeparatorLine: boolean;
}

const candidates = [',', ';', '\t', '|'].map((character) => character.charCodeAt(0));

/**
 * From the first decoded bytes of a file. A `sep=` line decides, then the dataset; without these it is the delimiter by which the
 * header has the most columns of the dataset; then one by which its quotes add up, since others may stand in quotes; then the one with
 * the most fields.
 */
export function detectDialect(head: Buffer, dataset: Pick<Dataset, 'columns' | 'delimiter'>): Dialect {
  const separator = /^"?sep=(?!["\w])([\t\x20-\x7e])"?(?:[\r\n]|$)/i.exec(
    head.toString('latin1', 0, 16),
  )?.[1];
  if (separator !== undefined) return { delimiter: separator.charCodeAt(0), hasSeparatorLine: true };
  if (dataset.delimiter !== null)
    return { delimiter: dataset.delimiter.charCodeAt(0), hasSeparatorLine: false };
  const scores = candidates.map((delimiter) => {
    const { fields, isSound } = readHeader(head, delimiter);
    const matches = headerMatches(fields, dataset).filter((found) => found.length > 0).length;
    return { delimiter, rank: [matches, Number(isSound), fields.length] };
  });
  const best = scores.reduce((a, b) => (isAbove(b.rank, a.rank) ? b : a));
  return { delimiter: best.delimiter, hasSeparatorLine: false };
}

/** By the first of their numbers that differ. */
function isAbove(rank: readonly number[], other: readonly number[]): boolean {
  const place = rank.findIndex((value, index) => value !== other[index]);
  return place >= 0 && (rank[place] ?? 0) > (other[place] ?? 0);
}

function readHeader(
  head: Buffer,
  delimiter: number,
): { readonly fields: readonly string[]; readonly isSound: boolean } {
  const scanner = new RecordScanner(delimiter);
  scanner.push(head);
  scanner.finish();
  while (scanner.next()) {
    if (scanner.isBlank()) continue;
    // A header whose quotes do not add up still shows its delimiter, and is refused for the quotes later.
    if (scanner.flaw === null) return { fields: scanner.fieldTexts(), isSound: true };
    const line = head.toString('utf8', scanner.start, scanner.contentEnd);
    return { fields: line.split(String.fromCharCode(delimiter)), isSound: false };
  }
  return { fields: [], isSound: true };
}
