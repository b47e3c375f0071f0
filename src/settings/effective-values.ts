import type { Column, ColumnType, Dataset, Measure } from '../domain/dataset.ts';
import type { LoadedSettings } from './load-settings.ts';
import type { Origin } from './problem.ts';
import { byDefault } from './problem.ts';
import { Secret } from './secret.ts';
import { allKeys, camelCase } from './setting-keys.ts';

/** One setting as it counts, by the name and in the form of settings.toml. */
export interface EffectiveValue {
  readonly key: string;
  /** Null: not set. A secret that is set: eight stars. */
  readonly value: unknown;
  readonly origin: Origin;
}

export function effectiveValues({ settings, origins }: LoadedSettings): EffectiveValue[] {
  const sections = settings as unknown as Record<string, Record<string, unknown>>;
  const written: (readonly [string, unknown])[] = [
    ...allKeys.map(
      ({ section, name, dotted }) => [dotted, asWritten(sections[section]?.[camelCase(name)])] as const,
    ),
    ...settings.datasets.flatMap(datasetValues),
  ];
  return written.map(([key, value]) => ({ key, value, origin: origins.get(key) ?? byDefault }));
}

/** `scheduler.interval_minutes = 60`, which settings.toml takes as it is. */
export function toToml({ key, value }: Pick<EffectiveValue, 'key' | 'value'>): string {
  return value === null ? `# ${key} is not set` : `${key} = ${tomlValue(value)}`;
}

function asWritten(value: unknown): unknown {
  if (value instanceof Secret) return '********';
  // Of all settings, only a lookback that is a duration is no plain value.
  if (typeof value === 'object' && value !== null && 'minutes' in value) return `${String(value.minutes)}m`;
  return value;
}

function datasetValues(dataset: Dataset): (readonly [string, unknown])[] {
  const path = `datasets.${dataset.name}`;
  return [
    [`${path}.patterns`, dataset.patterns],
    [`${path}.enabled`, dataset.enabled],
    [`${path}.delimiter`, dataset.delimiter],
    [`${path}.encoding`, dataset.encoding],
    [`${path}.key`, dataset.key],
    [`${path}.on_duplicate`, dataset.onDuplicate],
    [`${path}.unknown_columns`, dataset.unknownColumns],
    [`${path}.max_rejected_rows`, dataset.maxRejected.rows],
    [`${path}.max_rejected_ratio`, dataset.maxRejected.ratio],
    [`${path}.event_time`, dataset.eventTime],
    [`${path}.timezone`, dataset.timezone],
    [`${path}.group_by`, dataset.groupBy],
    ...dataset.columns.map((column) => [`${path}.columns.${column.name}`, columnValue(column)] as const),
    ...dataset.measures.map((measure) => [`${path}.measures.${measure.name}`, formula(measure)] as const),
  ];
}

function columnValue(column: Column): Record<string, unknown> {
  const { type, headers, required, formats } = column;
  return {
    type: typeName(type),
    headers,
    required,
    ...(formats.length > 0 && { format: formats.length === 1 ? formats[0] : formats }),
    ...(type.kind === 'enum' && { values: type.values }),
    ...Object.fromEntries(
      (['default', 'min', 'max', 'pattern'] as const).flatMap((rule) =>
        column[rule] === null ? [] : [[rule, column[rule]]],
      ),
    ),
  };
}

/** As settings.toml spells it: `numeric(12,2)`. */
export function typeName(type: ColumnType): string {
  if (type.kind !== 'numeric' || type.precision === null) return type.kind;
  return `numeric(${type.precision},${type.scale ?? 0})`;
}

function formula(measure: Measure): string {
  return `${measure.function}(${measure.column ?? '*'})`;
}

function tomlValue(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(tomlValue).join(', ')}]`;
  // Of all control characters JSON leaves this one as it is, and TOML does not take it.
  if (typeof value !== 'object' || value === null) return JSON.stringify(value).replaceAll('\x7f', '\\u007f');
  const entries = Object.entries(value).map(([name, each]) => `${name} = ${tomlValue(each)}`);
  return `{ ${entries.join(', ')} }`;
}
