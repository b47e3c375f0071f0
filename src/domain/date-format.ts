/** The letters of a date format, by what they stand for. Between them: signs that are no letters or digits. */
const parts: Readonly<Record<string, string>> = {
  YYYY: 'year',
  YY: 'year',
  MM: 'month',
  M: 'month',
  DD: 'day',
  D: 'day',
  HH: 'hour',
  H: 'hour',
  hh: 'hour',
  h: 'hour',
  mm: 'minute',
  m: 'minute',
  ss: 'second',
  s: 'second',
  A: 'half day',
};

/** Why a format such as `M/D/YY H:mm` cannot be used, to be read after it; null: it can. */
export function dateFormatProblem(format: string): string | null {
  const tokens = format.match(/YYYY|YY|([MDHhms])\1?|[^]/g) ?? [];
  const stray = tokens.find((token) => !Object.hasOwn(parts, token) && !/^[ -/:-@[-`{-~]$/.test(token));
  if (stray !== undefined) return `holds "${stray}", which means nothing here`;
  const named = tokens.flatMap((token) => (Object.hasOwn(parts, token) ? [parts[token]] : []));
  const missing = ['year', 'month', 'day'].find((part) => !named.includes(part));
  if (missing !== undefined) return `has no ${missing}`;
  const clock = named.filter((part) => part !== 'half day');
  if (new Set(clock).size < clock.length) return 'names a part twice';
  const twelveHours = tokens.some((token) => token === 'h' || token === 'hh');
  return twelveHours === named.includes('half day') ? null : 'has h without A, or A without h';
}
