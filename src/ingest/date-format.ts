import { dateFormatProblem } from '../domain/date-format.ts';
import type { DateTime, DateTimeParser } from './date-time.ts';
import { readDigits } from './date-time.ts';

/** A mistake in the settings, not in a file; the settings refuse it first. */
class DateFormatUnusable extends Error {
  override readonly name = 'DateFormatUnusable';
  readonly format: string;

  constructor(format: string, problem: string) {
    super(
      `The date format "${format}" ${problem}. Use YYYY or YY, M or MM, D or DD, H or HH (or h or hh with A), m or mm, s or ss, ` +
        'and separators that are not letters.',
    );
    this.format = format;
  }
}

/** Years written with two digits: 00 to 68 are 2000 to 2068, 69 to 99 are 1969 to 1999, as POSIX has it. */
const pivot = 69;

type Field = 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second';

interface DigitStep {
  readonly field: Field;
  /** Digits, at the least and at the most. */
  readonly least: number;
  readonly most: number;
  readonly kind: 'plain' | 'short_year' | 'twelve_hours';
}

type Step = DigitStep | 'meridiem' | { readonly literal: number };

const steps: Readonly<Record<string, Step>> = {
  YYYY: { field: 'year', least: 4, most: 4, kind: 'plain' },
  YY: { field: 'year', least: 2, most: 2, kind: 'short_year' },
  MM: { field: 'month', least: 2, most: 2, kind: 'plain' },
  M: { field: 'month', least: 1, most: 2, kind: 'plain' },
  DD: { field: 'day', least: 2, most: 2, kind: 'plain' },
  D: { field: 'day', least: 1, most: 2, kind: 'plain' },
  HH: { field: 'hour', least: 2, most: 2, kind: 'plain' },
  H: { field: 'hour', least: 1, most: 2, kind: 'plain' },
  hh: { field: 'hour', least: 2, most: 2, kind: 'twelve_hours' },
  h: { field: 'hour', least: 1, most: 2, kind: 'twelve_hours' },
  mm: { field: 'minute', least: 2, most: 2, kind: 'plain' },
  m: { field: 'minute', least: 1, most: 2, kind: 'plain' },
  ss: { field: 'second', least: 2, most: 2, kind: 'plain' },
  s: { field: 'second', least: 1, most: 2, kind: 'plain' },
  A: 'meridiem',
};

/** Throws DateFormatUnusable. */
export function compileFormat(format: string): DateTimeParser {
  const problem = dateFormatProblem(format);
  if (problem !== null) throw new DateFormatUnusable(format, problem);
  const tokens = format.match(/YYYY|YY|([MDHhms])\1?|[^]/g) ?? [];
  const compiled = tokens.map((token): Step => steps[token] ?? { literal: token.charCodeAt(0) });
  return (source, start, end, into) => read(compiled, source, { at: start, end }, into);
}

function read(
  compiled: readonly Step[],
  source: Uint8Array,
  range: { at: number; readonly end: number },
  into: DateTime,
): boolean {
  let afternoon: boolean | null = null;
  for (const step of compiled) {
    if (step === 'meridiem') {
      const letter = (source[range.at] ?? 0) | 0x20;
      if ((letter !== 0x61 && letter !== 0x70) || ((source[range.at + 1] ?? 0) | 0x20) !== 0x6d) return false;
      afternoon = letter === 0x70;
      range.at += 2;
    } else if ('literal' in step) {
      if (source[range.at] !== step.literal) return false;
      range.at += 1;
    } else if (!readStep(step, source, range, into)) {
      return false;
    }
  }
  if (range.at !== range.end) return false;
  if (afternoon !== null) into.hour = (into.hour % 12) + (afternoon ? 12 : 0);
  return true;
}

function readStep(
  step: DigitStep,
  source: Uint8Array,
  range: { at: number; readonly end: number },
  into: DateTime,
): boolean {
  let count = 0;
  while (count < step.most && range.at + count < range.end && readDigits(source, range.at + count, 1) >= 0)
    count += 1;
  if (count < step.least) return false;
  const value = readDigits(source, range.at, count);
  range.at += count;
  if (step.kind === 'twelve_hours' && (value < 1 || value > 12)) return false;
  into[step.field] = step.kind === 'short_year' ? value + (value < pivot ? 2_000 : 1_900) : value;
  return true;
}
