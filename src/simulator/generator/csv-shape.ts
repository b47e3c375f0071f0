import type { Random } from './random.ts';

/** How a program writes CSV. */
export interface CsvShape {
  readonly delimiter: ',' | ';';
  readonly byteOrderMark: boolean;
  readonly lineEnd: '\n' | '\r\n';
  readonly quoteAll: boolean;
}

const plain: CsvShape = { delimiter: ',', byteOrderMark: false, lineEnd: '\n', quoteAll: false };
const excelEurope: CsvShape = { delimiter: ';', byteOrderMark: true, lineEnd: '\r\n', quoteAll: false };
const reportTool: CsvShape = { delimiter: ',', byteOrderMark: true, lineEnd: '\r\n', quoteAll: true };

export function pickShape(random: Random): CsvShape {
  return random.pick([plain, plain, plain, excelEurope, reportTool]);
}

export function writeCsv(shape: CsvShape, records: readonly (readonly string[])[]): Buffer {
  const lines = records.map(
    (cells) => cells.map((cell) => field(shape, cell)).join(shape.delimiter) + shape.lineEnd,
  );
  return Buffer.from((shape.byteOrderMark ? '\uFEFF' : '') + lines.join(''));
}

function field({ delimiter, lineEnd, quoteAll }: CsvShape, text: string): string {
  if (!quoteAll && !text.includes(delimiter) && !/["\r\n]/.test(text)) return text;
  return `"${text.replaceAll('"', '""').replaceAll('\n', lineEnd)}"`;
}
