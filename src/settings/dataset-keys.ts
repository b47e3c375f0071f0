import type { ColumnType, Measure } from '../domain/dataset.ts';
import { dateFormatProblem } from '../domain/date-format.ts';
import { nearest } from './nearest.ts';
import type { Rule } from './rules.ts';
import { bad, boolean, choice, fraction, good, integer, list, quoted, text, textRule } from './rules.ts';
import type { SettingKey } from './setting-keys.ts';
import { key, optional } from './setting-keys.ts';
import type { Table } from './table.ts';
import { isTable } from './table.ts';
import { zone } from './time-rules.ts';

/** Without a default: it has to be written. */
const required = undefined;

const pattern: Rule<string> = textRule('a file name with * and ?', (value) => {
  if (value.trim() === '') return bad('is empty');
  return /[/\\]/.test(value) ? bad('is more than a file name') : good(value);
});

const delimiter: Rule<string> = textRule('one character, such as ";" or "\\t"', (value) => {
  if (!/^[\t\x20-\x7e]$/.test(value)) return bad('which is not one character');
  return /[\w"]/.test(value) ? bad('which stands in values') : good(value);
});

const dateFormat: Rule<string> = textRule(
  'YYYY or YY, MM or M, DD or D, HH or H (hh or h with A), mm or m, ss or s, with signs between: "M/D/YY H:mm"',
  (written) => {
    const problem = dateFormatProblem(written);
    return problem === null ? good(written) : bad(`which ${problem}`);
  },
);

/** `format`: one, or several that are tried one after the other. */
const formatList = list(dateFormat, `${dateFormat.accepted}; or a list of such`);
const dateFormats: Rule<readonly string[]> = {
  ...formatList,
  read: (value, base) => formatList.read(typeof value === 'string' ? [value] : value, base),
};

/** A value as it would stand in a file. */
const value: Rule<string> = {
  accepted: 'a value as it stands in the file',
  secret: false,
  read: (written) => {
    if (typeof written === 'string' && written.trim() !== '') return good(written.trim());
    return typeof written === 'number' || typeof written === 'boolean' ? good(String(written)) : bad();
  },
  fromText: (line) => line,
};

const regularExpression: Rule<string> = textRule(
  'a regular expression, such as "[A-Z]{2}[0-9]+"',
  (written) => {
    try {
      new RegExp(written, 'u');
      return good(written);
    } catch (error) {
      return bad(`which is none (${error instanceof Error ? error.message : String(error)})`);
    }
  },
);

const names = list(text, 'a list of names of columns, such as ["call_id"]');

const functions = ['count', 'sum', 'avg', 'min', 'max'] as const;
const plainKinds = ['text', 'integer', 'bigint', 'boolean', 'date', 'timestamp'] as const;
const kinds = [...plainKinds, 'numeric', 'enum'];

const columnType: Rule<ColumnType> = textRule<ColumnType>(
  'text, integer, bigint, numeric, numeric(precision,scale), boolean, date, timestamp or enum',
  (written) => {
    const kind = plainKinds.find((each) => each === written);
    if (kind !== undefined) return good({ kind });
    if (written === 'enum') return good({ kind: 'enum', values: [] });
    if (written === 'numeric') return good({ kind: 'numeric', precision: null, scale: null });
    const [, digits, decimals] = /^numeric\(\s*(\d{1,4})\s*,\s*(\d{1,4})\s*\)$/.exec(written) ?? [];
    if (digits === undefined) return bad(undefined, quoted(nearest(written, kinds)));
    const precision = Number(digits);
    const scale = Number(decimals);
    if (precision < 1 || precision > 1000) return bad('where the precision is not from 1 to 1000');
    return scale > precision
      ? bad('where the scale is more than the precision')
      : good({ kind: 'numeric', precision, scale });
  },
);

type Formula = Omit<Measure, 'name'>;

export const measureFormula: Rule<Formula> = textRule<Formula>(
  'count(*), or count, sum, avg, min or max of a column, such as "sum(revenue)"',
  (written) => {
    const [, name, column] = /^(\w+)\(\s*(\*|[^\s()*]+)\s*\)$/.exec(written) ?? [];
    const known = functions.find((each) => each === name);
    if (known === undefined || column === undefined) return bad();
    if (column === '*') return known === 'count' ? good({ function: known, column: null }) : bad();
    return good({ function: known, column });
  },
);

export function table(accepted: string): Rule<Table> {
  return {
    accepted,
    secret: false,
    read: (value) => (isTable(value) ? good(value) : bad()),
    fromText: (line) => line,
  };
}

const manyColumns: Rule<Table> = {
  ...table('a table with a column or more'),
  read: (value) => (isTable(value) && Object.keys(value).length > 0 ? good(value) : bad()),
};

/** Of `[datasets.NAME]`. */
export const datasetKeys = {
  patterns: key(
    atLeastOne(list(pattern, 'a list of file names with * and ?, such as ["calls_*.csv"]')),
    required,
  ),
  enabled: key(boolean, true),
  delimiter: optional(delimiter),
  encoding: optional(choice('utf-8', 'utf-16le', 'utf-16be', 'windows-1252')),
  key: key(names, []),
  on_duplicate: key(choice('first', 'last', 'reject'), 'first'),
  unknown_columns: key(choice('ignore', 'reject', 'capture'), 'ignore'),
  max_rejected_rows: key(integer(0, 1_000_000), 10_000),
  max_rejected_ratio: key(fraction(), 0.5),
  event_time: optional(text),
  timezone: optional(zone),
  group_by: key(names, []),
  columns: key(manyColumns, required),
  measures: key(table('a table of measures'), {}),
};

/** Of `[datasets.NAME.columns]`, for each column. */
export const columnKeys = {
  type: key(columnType, required),
  headers: optional(atLeastOne(list(text, 'a list of header texts, such as ["Call ID"]'))),
  required: key(boolean, false),
  format: optional(dateFormats),
  values: optional(atLeastOne(list(text, 'a list of values, such as ["open", "closed"]'))),
  default: optional(value),
  min: optional(value),
  max: optional(value),
  pattern: optional(regularExpression),
};

export type ValuesOf<Keys> = { readonly [K in keyof Keys]: Keys[K] extends SettingKey<infer T> ? T : never };

function atLeastOne<T>(rule: Rule<readonly T[]>): Rule<readonly T[]> {
  return {
    ...rule,
    read: (value, base) => {
      const reading = rule.read(value, base);
      return reading.ok && reading.value.length === 0 ? bad('which is empty') : reading;
    },
  };
}
