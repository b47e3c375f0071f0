import type { Origin, Problem } from './problem.ts';
import type { Rule } from './rules.ts';

/** One value as it was written. */
export interface Given {
  /** Undefined: there was one, and it is refused already. */
  readonly value: unknown;
  /** From the environment or stack.json, where everything is text. */
  readonly isText: boolean;
  readonly origin: Origin;
}

/** What one source gives, by dotted key. */
export type Layer = ReadonlyMap<string, Given>;

/** What all readers share. */
export interface Reader {
  /** Absolute folder that relative paths start from. */
  readonly base: string;
  /** Readers add to it what they refuse, and go on. */
  readonly problems: Problem[];
}

/** The value by its rule; undefined after adding the problem when it is refused. */
export function readGiven<T>(key: string, rule: Rule<T>, given: Given, reader: Reader): T | undefined {
  if (given.value === undefined) return undefined;
  const written = given.isText && typeof given.value === 'string' ? rule.fromText(given.value) : given.value;
  const reading = rule.read(written, reader.base);
  if (reading.ok) return reading.value;
  reader.problems.push({
    ...given.origin,
    key,
    message: refusal(rule, given.value, reading.because),
    accepted: rule.accepted,
    suggestion: rule.secret ? null : (reading.suggestion ?? unquoted(rule, written, reader.base)),
  });
  return undefined;
}

function refusal(rule: Rule<unknown>, value: unknown, because: string | undefined): string {
  if (rule.secret) return `${because ?? 'is not accepted'} (its value is not shown)`;
  return `is ${showValue(value)}${because === undefined ? '' : `, ${because}`}`;
}

/** `60` for a number that was written as the text "60". */
function unquoted(rule: Rule<unknown>, written: unknown, base: string): string | null {
  if (typeof written !== 'string') return null;
  const value = rule.fromText(written);
  return typeof value !== 'string' && rule.read(value, base).ok ? JSON.stringify(value) : null;
}

function showValue(value: unknown): string {
  if (value === '') return 'empty';
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return shorten(JSON.stringify(value));
  if (typeof value === 'object' && value !== null) return 'a table';
  return shorten(JSON.stringify(value));
}

function shorten(shown: string): string {
  const withoutPassword = shown.replace(/:\/\/[^/@\s"]*@/g, '://***@');
  return withoutPassword.length > 80 ? `${withoutPassword.slice(0, 77)}...` : withoutPassword;
}
