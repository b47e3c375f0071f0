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
 * header has the most columns of the dataset, then the most fields.
 */
export function detectDialect(head: Buffer, dataset: Pick<Dataset, 'columns' | 'delimiter'>): Dialect {
  const separator = /^"?sep=(?!["\w])([\t\x20-\x7e])"?(?:[\r\n]|$)/i.exec(
    head.toString('latin1', 0, 16),
  )?.[1];
  if (separator !== undefined) return { delimiter: separator.charCodeAt(0), hasSeparatorLine: true };
  if (dataset.delimiter !== null)
    return { delimiter: dataset.delimiter.charCodeAt(0), hasSeparatorLine: false };
  const scores = candidates.map((delimiter) => {
    const fields = headerFields(head, delimiter);
    const matches = headerMatches(fields, dataset).filter((found) => found.length > 0).length;
    return { delimiter, matches, fields: fields.length };
  });
  const best = scores.reduce((a, b) =>
    b.matches > a.matches || (b.matches === a.matches && b.fields > a.fields) ? b : a,
  );
  return { delimiter: best.delimiter, hasSeparatorLine: false };
}

function headerFields(head: Buffer, delimiter: number): string[] {
  const scanner = new RecordScanner(delimiter);
  scanner.push(head);
  scanner.finish();
  while (scanner.next()) {
    if (scanner.isBlank()) continue;
    // A header whose quotes do not add up still shows its delimiter, and is refused for the quotes later.
    if (scanner.flaw === null) return scanner.fieldTexts();
    return head.toString('utf8', scanner.start, scanner.contentEnd).split(String.fromCharCode(delimiter));
  }
  return [];
}
