import type { Column, Dataset } from '../domain/dataset.ts';
import { columnName, datasetName, snakeCase } from '../domain/dataset-names.ts';
import { columnProblems } from './column-checks.ts';
import type { DatasetReader } from './datasets.ts';
import { refuse } from './datasets.ts';
import { nearest } from './nearest.ts';

/** How the parts of the datasets fit together. */
export function checkDatasets(datasets: readonly Dataset[], reader: DatasetReader): void {
  for (const dataset of datasets) {
    checkNames(dataset, reader);
    checkColumns(dataset, reader);
    checkFigures(dataset, reader);
  }
  checkPatterns(datasets, reader);
}

function checkNames(dataset: Dataset, reader: DatasetReader): void {
  const path = `datasets.${dataset.name}`;
  checkName(dataset.name, path, datasetName, reader);
  for (const { name } of dataset.columns) checkName(name, `${path}.columns.${name}`, columnName, reader);
  for (const { name } of dataset.measures) checkName(name, `${path}.measures.${name}`, columnName, reader);
}

function checkName(name: string, path: string, rule: typeof datasetName, reader: DatasetReader): void {
  if (rule.form.test(name)) return;
  const accepted = `a-z, 0-9 and _, beginning with a letter, at most ${rule.longest} characters`;
  const plain = snakeCase(name).replace(/^[^a-z]+/, '');
  const suggestion = rule.form.test(plain) ? plain : null;
  refuse(reader, path, `cannot be called ${JSON.stringify(name)}`, { accepted, suggestion });
}

function checkColumns(dataset: Dataset, reader: DatasetReader): void {
  const path = `datasets.${dataset.name}.columns`;
  const claimed = new Map<string, string>();
  for (const column of dataset.columns) {
    for (const header of new Set(column.headers.map((each) => each.trim().toLowerCase()))) {
      const other = claimed.get(header);
      if (other === undefined) claimed.set(header, column.name);
      else
        refuse(
          reader,
          `${path}.${column.name}`,
          `claims the header "${header}", which is that of ${other} already`,
        );
    }
    if (!isTypeRefused(dataset.name, column, reader))
      for (const { key, message, accepted } of columnProblems(column))
        refuse(reader, `${path}.${column.name}.${key}`, message, { accepted });
  }
}

function checkFigures(dataset: Dataset, reader: DatasetReader): void {
  // Without any column, that is the problem.
  if (dataset.columns.length === 0) return;
  const path = `datasets.${dataset.name}`;
  for (const name of dataset.key) findColumn(dataset, name, `${path}.key`, reader);
  for (const name of dataset.groupBy) findColumn(dataset, name, `${path}.group_by`, reader);
  checkEventTime(dataset, path, reader);
  for (const measure of dataset.measures) {
    const key = `${path}.measures.${measure.name}`;
    const column = measure.column === null ? null : findColumn(dataset, measure.column, key, reader);
    if (column !== null && measure.function !== 'count' && !isNumber(column)) {
      const message = `is the ${measure.function} of ${column.name}, of type ${column.type.kind}`;
      refuse(reader, key, message, { accepted: 'a column of type integer, bigint or numeric' });
    }
  }
}

function checkEventTime({ eventTime, ...dataset }: Dataset, path: string, reader: DatasetReader): void {
  if (eventTime === null) {
    const message = 'are figures of an hour, but event_time is not set';
    if (dataset.measures.length > 0) refuse(reader, `${path}.measures`, message);
    return;
  }
  const column = findColumn(dataset, eventTime, `${path}.event_time`, reader);
  if (column !== null && column.type.kind !== 'timestamp') {
    const message = `is ${column.name}, of type ${column.type.kind}`;
    refuse(reader, `${path}.event_time`, message, { accepted: 'a column of type timestamp' });
  }
}

function isTypeRefused(dataset: string, column: Column, reader: DatasetReader): boolean {
  const key = `datasets.${dataset}.columns.${column.name}.type`;
  return reader.problems.some((problem) => problem.key === key);
}

function isNumber({ type }: Column): boolean {
  return type.kind === 'integer' || type.kind === 'bigint' || type.kind === 'numeric';
}

/** Null when there is none, or when its type is refused already. */
function findColumn(
  dataset: Pick<Dataset, 'name' | 'columns'>,
  name: string,
  key: string,
  reader: DatasetReader,
): Column | null {
  const column = dataset.columns.find((each) => each.name === name);
  if (column !== undefined) return isTypeRefused(dataset.name, column, reader) ? null : column;
  const columns = dataset.columns.map((each) => each.name);
  const message = `names ${JSON.stringify(name)}, which is not a column of ${dataset.name}`;
  refuse(reader, key, message, { accepted: columns.join(', '), suggestion: nearest(name, columns) });
  return null;
}

/** The first dataset that matches takes a file: the second of two equal patterns would never get one. */
function checkPatterns(datasets: readonly Dataset[], reader: DatasetReader): void {
  const claimed = new Map<string, string>();
  for (const { name, patterns } of datasets.filter((each) => each.enabled)) {
    for (const pattern of new Set(patterns.map((each) => each.normalize('NFC').toLowerCase()))) {
      const other = claimed.get(pattern) ?? name;
      claimed.set(pattern, other);
      const message = `has "${pattern}", which takes files for ${other} already`;
      if (other !== name) refuse(reader, `datasets.${name}.patterns`, message);
    }
  }
}
