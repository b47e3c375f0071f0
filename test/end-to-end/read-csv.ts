import { parse } from 'csv-parse/sync';

import type { Column, Dataset } from '../../src/domain/dataset.ts';

/** A row as a file says it: texts by column of the dataset, null where the file has nothing. */
export interface CsvRow {
  /** Where its first character stands, counted from 1. */
  readonly line: number;
  readonly values: Readonly<Record<string, string | null>>;
}

export interface CsvReading {
  readonly good: readonly CsvRow[];
  /** Lines of the rows that the dataset's columns do not allow. */
  readonly badLines: readonly number[];
  readonly duplicates: number;
}

/** What a dataset should get from a file, by a reader that shares no code with the product's. */
export function readCsv(bytes: Buffer, dataset: Dataset): CsvReading {
  const headerLine = bytes.toString('utf8').split(/\r?\n/, 1)[0] ?? '';
  const delimiter = headerLine.includes(';') ? ';' : ',';
  const [header, ...entries] = parse(bytes, { ...options, delimiter }) as unknown as CsvRecord[];
  const headers = (header?.record ?? []).map(({ text }) => text.toLowerCase());
  const fields = dataset.columns.map((column) => {
    const accepted = column.headers.map((header) => header.toLowerCase());
    return headers.findIndex((header) => accepted.includes(header));
  });

  const good: CsvRow[] = [];
  const badLines: number[] = [];
  const keys = new Set<string>();
  let duplicates = 0;
  let start = header?.info.bytes ?? 0;
  let line = 1 + countLineFeeds(bytes.subarray(0, start));
  for (const { record, info } of entries) {
    const values = dataset.columns.map(
      (column, i) => [column.name, valueOf(record[fields[i]!]!, column)] as const,
    );
    const key = JSON.stringify(values.filter(([name]) => dataset.key.includes(name)));
    if (!dataset.columns.every((column, i) => allows(column, values[i]![1]))) badLines.push(line);
    else if (dataset.key.length > 0 && keys.has(key)) duplicates++;
    else {
      keys.add(key);
      good.push({ line, values: Object.fromEntries(values) });
    }
    line += countLineFeeds(bytes.subarray(start, info.bytes));
    start = info.bytes;
  }
  return { good, badLines, duplicates };
}

const options = {
  bom: true,
  info: true,
  cast: (text: string, { quoting }: { quoting: boolean }) => ({ text, quoted: quoting }),
};

interface Field {
  readonly text: string;
  readonly quoted: boolean;
}

interface CsvRecord {
  readonly record: readonly Field[];
  /** Of the file, up to the end of the record; its count of lines is wrong after a line break within quotes. */
  readonly info: { readonly bytes: number };
}

function countLineFeeds(bytes: Buffer): number {
  return bytes.filter((byte) => byte === 0x0a).length;
}

const forms = {
  text: /^/,
  integer: /^-?\d+$/,
  bigint: /^-?\d+$/,
  numeric: /^-?\d+(\.\d+)?$/,
  boolean: /^(true|false)$/,
  date: /^\d{4}-\d\d-\d\d$/,
  timestamp: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
};

/** Two quotes are an empty text; nothing at all is no value. */
function valueOf({ text, quoted }: Field, { type }: Column): string | null {
  return text === '' && !(quoted && type.kind === 'text') ? null : text;
}

function allows({ type, required }: Column, value: string | null): boolean {
  if (type.kind === 'enum') throw new Error('No sample has an enum');
  return value === null || value === '' ? !required : forms[type.kind].test(value);
}
