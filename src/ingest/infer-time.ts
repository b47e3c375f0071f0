import { converted, converterFor } from './converted.ts';
import type { Converter } from './converter.ts';

export interface TimeGuess {
  readonly kind: 'date' | 'timestamp';
  /** Empty: ISO 8601. */
  readonly formats: readonly string[];
  /** Other orders of day, month and year that fit as many values: which one is meant is not in the file. */
  readonly alternatives: readonly string[];
}

/** The format that most of the values have, if at most `allowed` of them have it not; null: there is none. */
export function inferTime(header: string, values: readonly string[], allowed: number): TimeGuess | null {
  let open = candidatesFor(header).map((each) => ({ ...each, misfits: 0 }));
  for (const value of values) {
    for (const each of open) if (converted(each.convert, value) === null) each.misfits += 1;
    open = open.filter(({ misfits }) => misfits <= allowed);
    if (open.length === 0) return null;
  }
  const best = open.reduce((a, b) => (b.misfits < a.misfits ? b : a));
  const { kind, format } = best;
  if (format === null) return { kind, formats: [], alternatives: [] };
  const rivals = open.filter((each) => each !== best && each.kind === kind && each.misfits === best.misfits);
  return { kind, formats: [format], alternatives: rivals.flatMap((each) => each.format ?? []) };
}

interface Candidate {
  readonly kind: 'date' | 'timestamp';
  /** Null: ISO 8601. */
  readonly format: string | null;
  readonly convert: Converter;
}

/** The likelier order first. M, D and H take one digit or two: a later file may have either. */
const days = [
  ...['YYYY-M-D', 'D-M-YYYY', 'M-D-YYYY', 'D-M-YY', 'M-D-YY', 'YY-M-D'],
  ...['YYYY/M/D', 'M/D/YYYY', 'D/M/YYYY', 'M/D/YY', 'D/M/YY', 'YY/M/D'],
  ...['YYYY.M.D', 'D.M.YYYY', 'M.D.YYYY', 'D.M.YY', 'M.D.YY', 'YY.M.D'],
];
const clocks = ['H:mm', 'H:mm:ss', 'h:mm A', 'h:mm:ss A', 'h:mmA', 'h:mm:ssA'];
const times = [' ', ', '].flatMap((joint) =>
  clocks.flatMap((clock) => days.map((day) => `${day}${joint}${clock}`)),
);

const candidates: readonly Candidate[] = [
  candidate('date', null),
  ...days.map((format) => candidate('date', format)),
  candidate('timestamp', null),
  ...times.map((format) => candidate('timestamp', format)),
];

/** Digits alone are mostly a number, unless the header says that they are a date. */
const digits = candidate('date', 'YYYYMMDD');
const saysDate = /date|day|datum|tag$/i;

function candidatesFor(header: string): readonly Candidate[] {
  return saysDate.test(header.trim()) ? [...candidates, digits] : candidates;
}

function candidate(kind: Candidate['kind'], format: string | null): Candidate {
  return { kind, format, convert: converterFor({ kind }, format === null ? [] : [format]) };
}
