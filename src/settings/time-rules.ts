import { TomlDate } from 'smol-toml';

import { nearest } from './nearest.ts';
import type { Reading, Rule } from './rules.ts';
import { bad, good, list, quoted, textRule } from './rules.ts';
import type { SyncSettings } from './settings.ts';

const timeOfDay: Rule<string> = textRule('a time of day', (text) => {
  if (/^(?:[01]\d|2[0-3]):[0-5]\d$/.test(text)) return good(text);
  const padded = `0${text}`.slice(-5);
  return bad('is not HH:MM', /^0\d:[0-5]\d$/.test(padded) ? quoted(padded) : null);
});

export const dailyTimes: Rule<readonly string[]> = list(
  timeOfDay,
  'times as HH:MM, such as ["09:05", "18:05"]',
);

/** "local" is the zone of this process. Names come out in the spelling of the zone database. */
export const zone: Rule<string> = textRule('"local" or an IANA time zone such as "Europe/Berlin"', (text) =>
  text === 'local' ? localZone() : namedZone(text),
);

const largestLookbackDays = 3650;

type Lookback = SyncSettings['lookback'];

export const lookback: Rule<Lookback> = textRule<Lookback>(
  `"all", "cadence", or a duration such as "90m", "36h" or "7d" of at most ${largestLookbackDays} days`,
  (text) => {
    if (text === 'all' || text === 'cadence') return good(text);
    const [, amount, unit] = /^(\d{1,7})([mhd])$/.exec(text) ?? [];
    if (amount === undefined) return bad(undefined, quoted(nearest(text, ['all', 'cadence'])));
    const minutes = Number(amount) * (unit === 'd' ? 1440 : unit === 'h' ? 60 : 1);
    return minutes >= 1 && minutes <= largestLookbackDays * 1440 ? good({ minutes }) : bad();
  },
);

const isoTime = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})?)?$/;

/** ISO 8601 in UTC. What is written without an offset is UTC. */
export const instant: Rule<string> = {
  accepted: 'a date or date-time such as 2026-01-31 or 2026-01-31T06:00:00Z; without an offset it is UTC',
  secret: false,
  read: (value) => {
    if (typeof value === 'string') {
      if (!isoTime.test(value)) return bad();
      const date = new TomlDate(value);
      return isRealDay(value) && !Number.isNaN(date.getTime()) ? inUtc(date) : bad('which does not exist');
    }
    return value instanceof TomlDate && !value.isTime() ? inUtc(value) : bad();
  },
  fromText: (text) => text,
};

function inUtc(date: Date): Reading<string> {
  return good(new Date(date.getTime()).toISOString());
}

/** JavaScript reads 30 February as 2 March. */
export function isRealDay(text: string): boolean {
  const day = text.slice(0, 10);
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}

function localZone(): Reading<string> {
  // Undefined, against its type, when TZ names no zone.
  const name = Intl.DateTimeFormat().resolvedOptions().timeZone as string | undefined;
  return name === undefined
    ? bad('but the zone of this process is unknown: see its variable TZ')
    : good(name);
}

function namedZone(name: string): Reading<string> {
  const known = Intl.supportedValuesOf('timeZone');
  const spelled = known.find((each) => each.toLowerCase() === name.toLowerCase());
  if (spelled !== undefined) return good(spelled);
  // Links such as Asia/Kolkata are not listed. Offsets are refused: in Postgres their sign is the other way round.
  if (isSpelledAsZone(name) && isZone(name)) return good(name);
  const byCity = known.find((each) =>
    each.toLowerCase().endsWith(`/${name.toLowerCase().replaceAll(' ', '_')}`),
  );
  return bad('which is not a known zone', quoted(byCity ?? nearest(name, [...known, 'UTC', 'local'])));
}

/** Of three letters: those of the time zone database. JavaScript knows more, such as BST, which it takes for Dhaka's. */
const threeLetters = /^(?:CET|EET|EST|GMT|HST|MET|MST|PRC|ROC|ROK|UCT|UTC|WET)$/;

/** In Temporal and on disk the case counts, which JavaScript does not mind. */
function isSpelledAsZone(name: string): boolean {
  return /^[A-Za-z]{3}$/.test(name) ? threeLetters.test(name) : /^[A-Z][^/]*(?:\/[A-Z][^/]*)*$/.test(name);
}

function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
