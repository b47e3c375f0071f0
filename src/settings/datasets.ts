import type { Column, Dataset } from '../domain/dataset.ts';
import type { ValuesOf } from './dataset-keys.ts';
import { columnKeys, datasetKeys, measureFormula, table } from './dataset-keys.ts';
import type { Reader } from './given.ts';
import { readGiven } from './given.ts';
import { nearest } from './nearest.ts';
import type { Origin } from './problem.ts';
import { byDefault } from './problem.ts';
import type { Rule } from './rules.ts';
import type { SettingKey } from './setting-keys.ts';
import type { Table } from './table.ts';

/** Of the tables of one TOML file. */
export interface TableReader extends Reader {
  readonly originOf: (key: string) => Origin;
  /** Readers add to it where each value comes from. */
  readonly origins: Map<string, Origin>;
}

export interface DatasetReader extends TableReader {
  /** Of datasets that name none. */
  readonly timezone: string;
}

/** The datasets as far as they can be read, each value by itself; `checkDatasets` looks at how they fit together. */
export function readDatasets(datasets: unknown, reader: DatasetReader): Dataset[] {
  const tables = readTable(datasets ?? {}, 'datasets', reader) ?? {};
  return Object.entries(tables).map(([name, value]) => readDataset(name, value, reader));
}

/** Adds a problem of the settings file. */
export function refuse(
  reader: TableReader,
  key: string,
  message: string,
  hints: { readonly accepted?: string; readonly suggestion?: string | null } = {},
): void {
  const { accepted = null, suggestion = null } = hints;
  reader.problems.push({ ...reader.originOf(key), key, message, accepted, suggestion });
}

function readDataset(name: string, value: unknown, reader: DatasetReader): Dataset {
  const path = `datasets.${name}`;
  const values = readKeys(datasetKeys, readTable(value, path, reader), path, reader);
  return {
    name,
    enabled: values.enabled ?? true,
    patterns: values.patterns ?? [],
    delimiter: values.delimiter ?? null,
    encoding: values.encoding ?? null,
    columns: Object.entries(values.columns ?? {}).map(([column, each]) => {
      return readColumn(column, each, `${path}.columns.${column}`, reader);
    }),
    unknownColumns: values.unknown_columns ?? 'ignore',
    key: values.key ?? [],
    onDuplicate: values.on_duplicate ?? 'first',
    maxRejected: { rows: values.max_rejected_rows ?? 0, ratio: values.max_rejected_ratio ?? 0 },
    eventTime: values.event_time ?? null,
    timezone: values.timezone ?? reader.timezone,
    groupBy: values.group_by ?? [],
    measures: Object.entries(values.measures ?? {}).flatMap(([measure, each]) => {
      const key = `${path}.measures.${measure}`;
      reader.origins.set(key, reader.originOf(key));
      const formula = readValue(measureFormula, each, key, reader);
      return formula === undefined ? [] : [{ name: measure, ...formula }];
    }),
  };
}

function readColumn(name: string, value: unknown, path: string, reader: DatasetReader): Column {
  reader.origins.set(path, reader.originOf(path));
  const written = typeof value === 'string' ? { type: value } : readTable(value, path, reader);
  const { type, headers, required, format, values, ...rules } = readKeys(columnKeys, written, path, reader);
  const namesItself = headers?.some((header) => header.trim().toLowerCase() === name) === true;
  return {
    name,
    type: type?.kind === 'enum' ? { kind: 'enum', values: values ?? [] } : (type ?? { kind: 'text' }),
    headers: namesItself ? headers : [...(headers ?? []), name],
    required: required ?? false,
    formats: format ?? [],
    default: rules.default ?? null,
    min: rules.min ?? null,
    max: rules.max ?? null,
    pattern: rules.pattern ?? null,
  };
}

/** The values of a table by its keys, undefined where one was refused or is missing. */
export function readKeys<Keys extends Record<string, SettingKey<unknown>>>(
  keys: Keys,
  written: Table | undefined,
  path: string,
  reader: TableReader,
): Partial<ValuesOf<Keys>> {
  if (written === undefined) return {};
  const known = Object.keys(keys);
  for (const name of Object.keys(written).filter((each) => !known.includes(each))) {
    const suggestion = nearest(name, known);
    refuse(reader, `${path}.${name}`, 'is not a known key', { accepted: known.join(', '), suggestion });
  }
  const values: Record<string, unknown> = {};
  for (const [name, { rule, default: fallback }] of Object.entries(keys)) {
    const key = `${path}.${name}`;
    const value = written[name] ?? fallback;
    reader.origins.set(key, written[name] === undefined ? byDefault : reader.originOf(key));
    if (value === undefined) refuse(reader, key, 'is missing', { accepted: rule.accepted });
    else values[name] = value === null ? null : readValue(rule, value, key, reader);
  }
  return values as Partial<ValuesOf<Keys>>;
}

export function readTable(value: unknown, path: string, reader: TableReader): Table | undefined {
  return readValue(table(`a table, [${path}]`), value, path, reader);
}

function readValue<T>(rule: Rule<T>, value: unknown, key: string, reader: TableReader): T | undefined {
  return readGiven(key, rule, { value, isText: false, origin: reader.originOf(key) }, reader);
}
