import type { Calendar } from './calendar.ts';
import { durationSeconds } from './duration.ts';

/** Thrown for an expression that is none; `problem` says which part is wrong. */
export class CronInvalid extends Error {
  override readonly name = 'CronInvalid';
  readonly expression: string;
  readonly problem: string;

  constructor(expression: string, problem: string) {
    super(`${JSON.stringify(expression)} is no cron expression: ${problem}.`);
    this.expression = expression;
    this.problem = problem;
  }
}

export type ParsedCron =
  | { readonly calendar: Calendar }
  | { readonly interval: { readonly seconds: number; readonly offsetSeconds: number } };

const predefined: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

const monthNames = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const dayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

interface Field {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** Stand for `from` and what follows it. */
  readonly names?: readonly string[];
}

const second: Field = { name: 'second', from: 0, to: 59 };
const minute: Field = { name: 'minute', from: 0, to: 59 };
const hour: Field = { name: 'hour', from: 0, to: 23 };
const dayOfMonth: Field = { name: 'day of the month', from: 1, to: 31 };
const month: Field = { name: 'month', from: 1, to: 12, names: monthNames };
/** Both 0 and 7 are Sunday. */
const dayOfWeek: Field = { name: 'day of the week', from: 0, to: 7, names: dayNames };
const year: Field = { name: 'year', from: 2000, to: 2100 };

/**
 * Five fields: minute, hour, day of the month, month, day of the week, of which all must match, the two kinds of days too;
 * a sixth is the year, and with seven the first is the second. `@every 90m`, `@every 1h/10m` with an offset, `@daily` and its like; what follows # is a comment.
 * Throws CronInvalid.
 */
export function parseCron(expression: string): ParsedCron {
  const [written = '', ...comments] = expression.split('#');
  const text = written.trim();
  const comment = comments.join('#').trim();
  if (/^(?:CRON_)?TZ=/.test(text))
    throw new CronInvalid(expression, 'it names a time zone, which belongs into timezone');
  if (/^@every\b/.test(text)) return { interval: parseEvery(expression, text) };
  const plain = text.startsWith('@') ? predefined[text.toLowerCase()] : text;
  if (plain === undefined) {
    const known = [...Object.keys(predefined), '@every'].join(', ');
    throw new CronInvalid(expression, `${text} is not one of ${known}`);
  }
  return { calendar: { ...parseFields(expression, plain), comment: comment === '' ? text : comment } };
}

function parseEvery(expression: string, text: string): { seconds: number; offsetSeconds: number } {
  const [every = '', offset = '0s'] = text.slice('@every'.length).trim().split('/');
  const seconds = durationSeconds(every.trim());
  const offsetSeconds = durationSeconds(offset.trim());
  if (seconds === null || seconds < 1)
    throw new CronInvalid(expression, 'after @every stands a duration such as 90m or 1h30m');
  if (offsetSeconds === null || offsetSeconds >= seconds)
    throw new CronInvalid(expression, 'after / stands an offset that is shorter than the interval');
  return { seconds, offsetSeconds };
}

function parseFields(expression: string, text: string): Omit<Calendar, 'comment'> {
  const fields = text.split(/\s+/).filter((part) => part !== '');
  if (fields.length < 5 || fields.length > 7)
    throw new CronInvalid(expression, `it has ${fields.length} fields, and 5, 6 or 7 are needed`);
  const [seconds = '0', minutes = '', hours = '', days = '', months = '', weekdays = '', years = '*'] =
    fields.length === 7 ? fields : ['0', ...fields];
  const read = (field: Field, written: string) => parseField(expression, field, written);
  return {
    seconds: read(second, seconds),
    minutes: read(minute, minutes),
    hours: read(hour, hours),
    daysOfMonth: read(dayOfMonth, days),
    months: read(month, months),
    daysOfWeek: sorted(read(dayOfWeek, weekdays).map((day) => day % 7)),
    years: years === '*' ? null : read(year, years),
  };
}

function parseField(expression: string, field: Field, written: string): number[] {
  return sorted(written.split(',').flatMap((part) => parsePart(expression, field, part)));
}

function parsePart(expression: string, field: Field, part: string): number[] {
  const [, range = '', stepText] = /^([^/]+)(?:\/(\d{1,4}))?$/.exec(part) ?? [];
  const step = stepText === undefined ? 1 : Number(stepText);
  const bounds = boundsOf(field, range, stepText !== undefined);
  if (bounds === null || step < 1)
    throw new CronInvalid(expression, `the ${field.name} ${JSON.stringify(part)} is not ${accepted(field)}`);
  const [from, to] = bounds;
  if (from > to)
    throw new CronInvalid(expression, `the ${field.name} ${JSON.stringify(part)} runs backwards`);
  const values: number[] = [];
  for (let value = from; value <= to; value += step) values.push(value);
  return values;
}

/** A single value with a step goes on to the greatest. Null: it is no range. */
function boundsOf(field: Field, range: string, hasStep: boolean): [number, number] | null {
  // A day of the week may be called 7, but * is seven days and not eight.
  const greatest = field === dayOfWeek ? 6 : field.to;
  if (range === '*' || (range === '?' && field.name.startsWith('day'))) return [field.from, greatest];
  const [first = '', last, ...more] = range.split('-');
  const from = valueOf(field, first);
  if (from === null || more.length > 0) return null;
  if (last === undefined) return [from, hasStep ? greatest : from];
  const to = valueOf(field, last);
  return to === null ? null : [from, to];
}

function accepted({ from, to, names }: Field): string {
  return `${from} to ${to}${names === undefined ? '' : `, or ${names[0]?.toUpperCase() ?? ''} and its like`}`;
}

function valueOf(field: Field, text: string): number | null {
  const named = field.names?.indexOf(text.toLowerCase()) ?? -1;
  if (named >= 0) return field.from + named;
  if (!/^\d{1,4}$/.test(text)) return null;
  const value = Number(text);
  return value >= field.from && value <= field.to ? value : null;
}

function sorted(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}
