import type { ColumnType } from '../domain/dataset.ts';
import { converted, converterFor } from './converted.ts';
import { inferNumber, numberTrap } from './infer-number.ts';
import { inferTime } from './infer-time.ts';

/** What a column of a file seems to be. */
export interface ColumnGuess {
  readonly type: ColumnType;
  readonly formats: readonly string[];
  /** In no row it was empty. */
  readonly required: boolean;
  /** Other formats that fit as well. */
  readonly alternatives: readonly string[];
  /** Values that are not of the type, at most 1 in 100, and one of them. */
  readonly misfits: { readonly count: number; readonly example: string } | null;
  /** Why it is text, although it looks like numbers. */
  readonly trap: string | null;
  /** All values that it has, where these are few and each is there often; else null. */
  readonly choices: readonly string[] | null;
}

/** Of fewer values each has to fit. Of more, 1 in 100 may be a slip, which must not make text of a whole column. */
const slipsFrom = 100;

/** `values`: one for each row. */
export function inferColumn(header: string, values: readonly string[]): ColumnGuess {
  const present = values.map(withoutBlanks).filter((value) => value !== '');
  const allowed = present.length < slipsFrom ? 0 : Math.floor(present.length / 100);
  const guess = present.length === 0 ? null : inferType(header, present, allowed);
  if (guess === null) return textColumn(values, present);
  const convert = converterFor(guess.type, guess.formats);
  const misfits = present.filter((value) => converted(convert, value) === null);
  const [example] = misfits;
  return {
    ...guess,
    required: present.length === values.length,
    misfits: example === undefined ? null : { count: misfits.length, example },
    trap: null,
    choices: null,
  };
}

/** A value of any type but text, as the loader takes it. */
export function withoutBlanks(value: string): string {
  return value.replace(/^[ \t]+|[ \t]+$/g, '');
}

function inferType(
  header: string,
  values: readonly string[],
  allowed: number,
): Pick<ColumnGuess, 'type' | 'formats' | 'alternatives'> | null {
  if (areTruths(values, allowed)) return { type: { kind: 'boolean' }, formats: [], alternatives: [] };
  const time = inferTime(header, values, allowed);
  if (time !== null) {
    const { kind, formats, alternatives } = time;
    return { type: { kind }, formats, alternatives };
  }
  const type = inferNumber(values, allowed);
  return type === null ? null : { type, formats: [], alternatives: [] };
}

/** `1` and `0` are numbers, and `N` alone may be the first of several letters. */
function areTruths(values: readonly string[], allowed: number): boolean {
  const words = values.map((value) => value.toLowerCase());
  const truths = words.filter((word) => /^(?:true|t|yes|y)$/.test(word));
  const falsehoods = words.filter((word) => /^(?:false|f|no|n)$/.test(word));
  if (words.length - truths.length - falsehoods.length > allowed) return false;
  return (truths.length > 0 && falsehoods.length > 0) || words.every((word) => /^(?:true|false)$/.test(word));
}

const choiceLimits = { values: 12, rows: 40, rowsEach: 4 } as const;

function textColumn(values: readonly string[], present: readonly string[]): ColumnGuess {
  const filled = values.filter((value) => value !== '');
  const distinct = new Set(filled);
  const trap = numberTrap(present);
  const areChoices =
    trap === null &&
    filled.length >= choiceLimits.rows &&
    distinct.size <= choiceLimits.values &&
    distinct.size * choiceLimits.rowsEach <= filled.length;
  return {
    type: { kind: 'text' },
    formats: [],
    required: values.length > 0 && filled.length === values.length,
    alternatives: [],
    misfits: null,
    trap,
    choices: areChoices ? [...distinct].sort() : null,
  };
}
