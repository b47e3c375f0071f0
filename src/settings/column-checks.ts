import type { Column, ColumnType } from '../domain/dataset.ts';
import { isRealDay } from './time-rules.ts';

export interface ColumnProblem {
  readonly key: string;
  /** Read after the key. */
  readonly message: string;
  readonly accepted: string;
}

/** Which rules of a column do not fit its type, or each other. */
export function columnProblems(column: Column): ColumnProblem[] {
  return [...misplacedRules(column), ...unreadableValues(column), ...contradictions(column)];
}

/** The kinds of columns that each rule is for. */
const kindsOf: Readonly<Record<string, readonly ColumnType['kind'][]>> = {
  format: ['date', 'timestamp'],
  values: ['enum'],
  min: ['integer', 'bigint', 'numeric', 'date', 'timestamp'],
  max: ['integer', 'bigint', 'numeric', 'date', 'timestamp'],
  pattern: ['text'],
};

function misplacedRules({ type, formats, min, max, pattern }: Column): ColumnProblem[] {
  const given = {
    format: formats.length > 0,
    min: min !== null,
    max: max !== null,
    pattern: pattern !== null,
  };
  const misplaced = Object.entries(given).flatMap(([key, isGiven]) => {
    const kinds = kindsOf[key] ?? [];
    if (!isGiven || kinds.includes(type.kind)) return [];
    return [{ key, message: `is given, but the type is ${type.kind}`, accepted: `for ${kinds.join(', ')}` }];
  });
  if (type.kind !== 'enum' || type.values.length > 0) return misplaced;
  return [
    ...misplaced,
    { key: 'values', message: 'is missing', accepted: 'the values that the column may have' },
  ];
}

const forms: Readonly<Partial<Record<ColumnType['kind'], readonly [form: RegExp, accepted: string]>>> = {
  integer: [/^[-+]?\d{1,10}$/, 'a whole number'],
  bigint: [/^[-+]?\d{1,19}$/, 'a whole number'],
  numeric: [/^[-+]?(\d+\.?\d*|\.\d+)$/, 'a decimal number'],
  boolean: [/^(true|false|t|f|yes|no|y|n|1|0)$/i, 'true or false'],
  date: [/^\d{4}-\d{2}-\d{2}$/, 'a date such as 2026-01-31'],
  timestamp: [
    /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[-+]\d{2}(:?\d{2})?)?)?$/,
    'a time such as 2026-01-31T08:00:00Z',
  ],
};

function unreadableValues(column: Column): ColumnProblem[] {
  const [form, accepted = ''] = forms[column.type.kind] ?? [];
  if (form === undefined) return [];
  const isDay = column.type.kind === 'date' || column.type.kind === 'timestamp';
  return (['default', 'min', 'max'] as const).flatMap((key) => {
    const value = column[key];
    if (value === null || (form.test(value) && (!isDay || isRealDay(value)))) return [];
    return [{ key, message: `is ${JSON.stringify(value)}, which is no ${column.type.kind}`, accepted }];
  });
}

function contradictions(column: Column): ColumnProblem[] {
  const { min, max, default: fallback } = column;
  const problems: ColumnProblem[] = [];
  if (min !== null && max !== null && sizeOf(column, min) > sizeOf(column, max))
    problems.push({ key: 'min', message: `is ${min}, which is more than max`, accepted: `at most ${max}` });
  return fallback === null ? problems : [...problems, ...defaultProblems(column, fallback)];
}

function defaultProblems(column: Column, fallback: string): ColumnProblem[] {
  const { type, min, max, pattern } = column;
  const isLess = min !== null && sizeOf(column, fallback) < sizeOf(column, min);
  const isMore = max !== null && sizeOf(column, fallback) > sizeOf(column, max);
  const problem = (which: string, accepted: string): ColumnProblem[] => [
    { key: 'default', message: `is ${JSON.stringify(fallback)}, which ${which}`, accepted },
  ];
  if (isLess || isMore) return problem('is not between min and max', `${min ?? '…'} to ${max ?? '…'}`);
  if (type.kind === 'enum' && !type.values.some((value) => value.toLowerCase() === fallback.toLowerCase()))
    return problem('is none of the values', type.values.join(', '));
  if (pattern !== null && !new RegExp(`^(?:${pattern})$`, 'u').test(fallback))
    return problem('does not match the pattern', pattern);
  return [];
}

function sizeOf({ type }: Column, value: string): number {
  return type.kind === 'date' || type.kind === 'timestamp' ? Date.parse(value) : Number(value);
}
