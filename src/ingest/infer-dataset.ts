import { columnName, datasetName, snakeCase } from '../domain/dataset-names.ts';
import { folded } from './header.ts';
import type { ColumnGuess } from './infer-column.ts';
import { inferColumn } from './infer-column.ts';
import type { KeyColumn } from './infer-key.ts';
import { inferKey } from './infer-key.ts';
import type { Sample } from './sample.ts';

/** A definition of a dataset as a file suggests it. */
export interface InferredDataset {
  readonly name: string;
  readonly pattern: string;
  readonly columns: readonly InferredColumn[];
  /** Fields that cannot be columns, since their header is empty or stands there twice; by the header's text, or their place. */
  readonly leftOut: readonly string[];
  /** Empty: no column, and no two, tell all rows apart. */
  readonly key: readonly string[];
  readonly eventTime: string | null;
}

export interface InferredColumn extends ColumnGuess {
  readonly name: string;
  /** Its text in the file, without the space around it. */
  readonly header: string;
}

/** `fileName`: of the file that the sample is from. */
export function inferDataset(fileName: string, sample: Sample): InferredDataset {
  const names = columnNames(sample.headers);
  const columns = names.flatMap((name, index): (KeyColumn & { readonly header: string })[] => {
    if (name === null) return [];
    const header = sample.headers[index]?.trim() ?? '';
    const values = sample.rows.map((row) => row[index] ?? '');
    return [{ name, header, values, guess: inferColumn(header, values) }];
  });
  return {
    ...fileNames(fileName),
    columns: columns.map(({ name, header, guess }) => ({ ...guess, name, header })),
    leftOut: sample.headers.flatMap((header, index) => {
      if (names[index] !== null) return [];
      return [header.trim() === '' ? `column ${index + 1}` : header.trim()];
    }),
    key: inferKey(columns),
    eventTime: columns.find(({ guess }) => guess.type.kind === 'timestamp' && guess.required)?.name ?? null,
  };
}

/**
 * One for each header; null: it is empty, or stands there more than once. A column's name always counts as one of its headers, so it must
 * not be that of another field.
 */
function columnNames(headers: readonly string[]): (string | null)[] {
  const texts = headers.map(folded);
  const taken = new Set<string>();
  return texts.map((text, index) => {
    if (text === '' || texts.indexOf(text) !== texts.lastIndexOf(text)) return null;
    const base = validName(snakeCase(headers[index] ?? ''), `column_${index + 1}`);
    let name = base;
    for (let copy = 2; taken.has(name) || (name !== text && texts.includes(name)); copy += 1)
      name = `${base.slice(0, columnName.longest - 6)}_${copy}`;
    taken.add(name);
    return name;
  });
}

function validName(plain: string, otherwise: string): string {
  const name = (/^\d/.test(plain) ? `column_${plain}` : plain).slice(0, columnName.longest);
  if (columnName.form.test(name)) return name;
  return plain === '' ? otherwise : `${plain}_column`;
}

/** Digits in a file's name are mostly its date or its number. */
const digitRun = /\d+(?:[-_.:T ]*\d+)*/g;

function fileNames(fileName: string): { readonly name: string; readonly pattern: string } {
  const whole = fileName.normalize('NFC').replace(/\.(?:gz|zip)$/i, '');
  const [, stem = '', extension = ''] = /^([^]*?)(\.[^.]*)?$/.exec(whole) ?? [];
  const name = snakeCase(stem.replace(/\d+/g, ' ')).slice(0, datasetName.longest);
  const pattern = `${stem.replace(digitRun, '*')}${extension}`.replace(/[/\\]/g, '?');
  return { name: datasetName.form.test(name) ? name : 'data', pattern };
}
