import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { parse } from 'smol-toml';

import type { ColumnType, Dataset } from '../../src/domain/dataset.ts';
import { patternToRegex } from '../../src/domain/file-pattern.ts';
import { loadSettings } from '../../src/settings/load-settings.ts';

/** What becomes of a file, each row and each reject a line of text: see `shownRow` and `shownReject`. */
export interface Outcome {
  readonly loaded: readonly string[];
  readonly rejected: readonly string[];
  readonly duplicate: number;
  readonly blank: number;
  /** The reason for which the file is refused whole; null: it is loaded. */
  readonly quarantined: string | null;
}

export interface DirtyFile {
  readonly name: string;
  readonly path: string;
  readonly about: string;
  readonly dataset: Dataset;
  readonly expected: Outcome;
  /** What a careful user tells those loaders that do not find it out: never us. */
  readonly told: { readonly delimiter: string; readonly encoding: string };
}

/** An entry of expected.toml. */
interface Entry {
  readonly about: string;
  readonly loaded?: string;
  readonly rejected?: string;
  readonly duplicate?: number;
  readonly blank?: number;
  readonly quarantined?: string;
  readonly delimiter?: string;
  readonly encoding?: string;
}

export const corpusDir = join(import.meta.dirname, 'dirty-files');

export const corpusDatasets = loadSettings({ cwd: corpusDir, env: {} }).settings.datasets;

/** Small files as they come from people, with what is expected of each. */
export function dirtyFiles(): DirtyFile[] {
  const text = readFileSync(join(corpusDir, 'expected.toml'), 'utf8');
  const entries = Object.entries(parse(text)) as unknown as [string, Entry][];
  return entries.map(([name, entry]) => ({
    name,
    path: join(corpusDir, name),
    about: entry.about,
    dataset: datasetOf(name),
    expected: {
      loaded: lines(entry.loaded),
      rejected: lines(entry.rejected),
      duplicate: entry.duplicate ?? 0,
      blank: entry.blank ?? 0,
      quarantined: entry.quarantined ?? null,
    },
    told: { delimiter: entry.delimiter ?? ',', encoding: entry.encoding ?? 'utf-8' },
  }));
}

export const nothingLoaded = { loaded: [], rejected: [], duplicate: 0, blank: 0 } as const;

/** `2: id=1 customer="Ann"`: line of the file, and what is not null, as Postgres shows it. */
export function shownRow(
  line: number,
  { columns }: Dataset,
  values: readonly (string | null)[],
  extra: unknown = null,
): string {
  const fields = columns.flatMap(({ name, type }, i) => {
    const value = values[i] ?? null;
    if (value === null) return [];
    return [`${name}=${shownValue(type, value)}`];
  });
  const captured = extra === null ? [] : [`_extra=${JSON.stringify(extra)}`];
  return [`${line}:`, ...fields, ...captured].join(' ');
}

/** `3 at byte 41, amount: not_a_number`; without a column: the record as a whole. */
export function shownReject(reject: {
  readonly line: number;
  readonly byteOffset: number;
  readonly column: string | null;
  readonly reason: string;
}): string {
  const { line, byteOffset, column, reason } = reject;
  return `${line} at byte ${byteOffset}${column === null ? '' : `, ${column}`}: ${reason}`;
}

function shownValue(type: ColumnType, value: string): string {
  if (type.kind === 'text' || type.kind === 'enum') return shownText(value);
  if (type.kind !== 'numeric' || type.scale === null) return value;
  // Postgres shows as many decimals as the type has.
  const [whole = '', decimals = ''] = value.split('.');
  return `${whole}.${decimals.padEnd(type.scale, '0')}`;
}

function shownText(value: string): string {
  const text = value.length <= 200 ? value : `${value.slice(0, 20)}… (${value.length} characters)`;
  return JSON.stringify(text).replace(/[\x7f-\xa0\u200b-\u200f\u2028\u2029]|\p{M}/gu, escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function lines(block = ''): string[] {
  return block.split('\n').filter((line) => line !== '');
}

function datasetOf(name: string): Dataset {
  const dataset = corpusDatasets.find(({ patterns }) =>
    patterns.some((glob) => new RegExp(patternToRegex(glob), 'isu').test(name)),
  );
  if (dataset === undefined) throw new Error(`No dataset takes ${name}`);
  return dataset;
}
