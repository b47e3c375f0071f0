export type RejectReason =
  | 'too_few_fields'
  | 'too_many_fields'
  | 'unbalanced_quote'
  | 'invalid_utf8'
  | 'nul_character'
  | 'required_empty'
  | 'not_an_integer'
  | 'not_a_number'
  | 'out_of_range'
  | 'too_precise'
  | 'not_a_boolean'
  | 'not_a_date'
  | 'not_a_timestamp'
  | 'not_in_list'
  | 'below_min'
  | 'above_max'
  | 'pattern_mismatch'
  | 'duplicate_key';

/** A row that was refused. */
export interface Reject {
  /** Physical line on which the record begins, from 1. */
  readonly line: number;
  /** Of the record's first byte in the file as it is stored, from 0. */
  readonly byteOffset: number;
  /** Null when the record as a whole is at fault. */
  readonly column: string | null;
  readonly reason: RejectReason;
  /** What stands in the column, at most 100 characters; null when there is none. */
  readonly value: string | null;
  readonly detail: string;
  /** The record without its line break, at most 1,000 characters. Never holds a NUL, so Postgres can store it. */
  readonly raw: string;
}

const rawLimit = 1_000;
const valueLimit = 100;

const complaints: Record<RejectReason, string> = {
  too_few_fields: 'fewer fields than the header',
  too_many_fields: 'more fields than the header',
  unbalanced_quote: 'a quoted field is not closed, has text after its closing quote, or runs into other rows',
  invalid_utf8: 'bytes that are not UTF-8 in a file that otherwise is',
  nul_character: 'holds a NUL character, which Postgres cannot store',
  required_empty: 'is required and empty',
  not_an_integer: 'is not a whole number',
  not_a_number: 'is not a plain decimal number',
  out_of_range: 'is outside the range of its type',
  too_precise: 'has more decimal places than its type',
  not_a_boolean: 'is none of true, false, t, f, yes, no, y, n, 1, 0',
  not_a_date: 'is not a date in the expected format',
  not_a_timestamp: 'is not a point in time in the expected format',
  not_in_list: 'is none of the values that the column may have',
  below_min: 'is less than the least that the column may have',
  above_max: 'is more than the most that the column may have',
  pattern_mismatch: 'does not match the pattern of the column',
  duplicate_key: 'the same key as a row before',
};

export function describeValue(reason: RejectReason, column: string, value: string): string {
  if (reason === 'required_empty') return `${column} ${complaints[reason]}`;
  return `${column}: "${shortValue(value)}" ${complaints[reason]}`;
}

export function shortValue(value: string): string {
  return printable(value, valueLimit);
}

/** `earlierLine`: of a row that has the same key; 0: it is not about that. */
export function describeRecord(reason: RejectReason, earlierLine = 0): string {
  return earlierLine === 0 ? complaints[reason] : `${complaints[reason]}, on line ${earlierLine}`;
}

/** Text that Postgres can store, cut to `limit` UTF-16 units. NUL is shown as its symbol. */
export function printable(text: string, limit: number = rawLimit): string {
  const whole = text.replaceAll('\0', '\u2400');
  return whole.length <= limit ? whole : `${whole.slice(0, limit - 1).toWellFormed()}\u2026`;
}
