import { resolve } from 'node:path';

import { nearest } from './nearest.ts';
import { Secret } from './secret.ts';

/** How one value is read. */
export interface Rule<T> {
  /** What is accepted, for people. */
  readonly accepted: string;
  /** The value is never shown, also when it is refused. */
  readonly secret: boolean;
  /** Takes a value as TOML holds it, and the folder that relative paths start from. */
  readonly read: (value: unknown, base: string) => Reading<T>;
  /** What TOML would hold for a text from the environment; the text itself when it would hold nothing of that kind. */
  readonly fromText: (text: string) => unknown;
}

export type Reading<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly because?: string; readonly suggestion?: string | null };

export function good<T>(value: T): Reading<T> {
  return { ok: true, value };
}

/** `because` is read after the value: `is 0, which is too small`. */
export function bad(because?: string, suggestion?: string | null): Reading<never> {
  return { ok: false, ...(because !== undefined && { because }), suggestion: suggestion ?? null };
}

export const boolean: Rule<boolean> = {
  accepted: 'true or false',
  secret: false,
  read: (value) => (typeof value === 'boolean' ? good(value) : bad()),
  fromText: (text) => (text === 'true' || text === 'false' ? text === 'true' : text),
};

export function integer(min: number, max: number): Rule<number> {
  return {
    accepted: `a whole number from ${min} to ${max}`,
    secret: false,
    read: (value) =>
      typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
        ? good(value)
        : bad(),
    fromText: (text) => (/^-?\d{1,15}$/.test(text) ? Number(text) : text),
  };
}

export function fraction(): Rule<number> {
  return {
    accepted: 'a number from 0 to 1',
    secret: false,
    read: (value) => (typeof value === 'number' && value >= 0 && value <= 1 ? good(value) : bad()),
    fromText: (text) => (/^\d?\.?\d+$/.test(text) ? Number(text) : text),
  };
}

export function choice<T extends string>(...choices: readonly T[]): Rule<T> {
  return textRule(choices.map((each) => `"${each}"`).join(' or '), (text) => {
    const match = choices.find((each) => each === text);
    return match === undefined ? bad(undefined, quoted(nearest(text, choices))) : good(match);
  });
}

export const text: Rule<string> = textRule('a text that is not empty', (value) =>
  value.trim() === '' ? bad() : good(value),
);

export const path: Rule<string> = {
  ...text,
  accepted: 'a path',
  read: (value, base) => {
    if (typeof value !== 'string' || value.trim() === '' || value.includes('\0')) return bad();
    return good(resolve(base, value));
  },
};

export function list<T>(item: Rule<T>, accepted: string): Rule<readonly T[]> {
  return {
    accepted,
    secret: item.secret,
    read: (value, base) => {
      if (!Array.isArray(value)) return bad();
      const values: T[] = [];
      for (const [index, each] of value.entries()) {
        const reading = item.read(each, base);
        if (!reading.ok)
          return bad(`where item ${index + 1} ${reading.because ?? 'is wrong'}`, reading.suggestion);
        if (values.includes(reading.value)) return bad(`where item ${index + 1} is there twice`);
        values.push(reading.value);
      }
      return good(values);
    },
    fromText: (line) => line.split(',').map((each) => item.fromText(each.trim())),
  };
}

export function secret(plain: Rule<string>): Rule<Secret> {
  return {
    ...plain,
    secret: true,
    read: (value, base) => {
      const reading = plain.read(value, base);
      return reading.ok ? good(new Secret(reading.value)) : reading;
    },
  };
}

export function textRule<T>(accepted: string, read: (text: string) => Reading<T>): Rule<T> {
  return {
    accepted,
    secret: false,
    read: (value) => (typeof value === 'string' ? read(value) : bad()),
    fromText: (line) => line,
  };
}

export function quoted(suggestion: string | null): string | null {
  return suggestion === null ? null : JSON.stringify(suggestion);
}
