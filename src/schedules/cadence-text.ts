import { durationWords } from '../domain/duration.ts';
import type { Cadence } from '../domain/job.ts';
import { zoneOf } from './schedule-spec.ts';

/** For people: `every 60 minutes and at 09:05, 12:05 Europe/Berlin`. */
export function cadenceText(cadences: readonly Cadence[]): string {
  if (cadences.length === 0) return 'when somebody triggers it';
  const zone = cadences.some((each) => 'timezone' in each) ? ` ${zoneOf(cadences)}` : '';
  return `${cadences.map(oneText).join(' and ')}${zone}`;
}

function oneText(cadence: Cadence): string {
  switch (cadence.kind) {
    case 'interval':
      return intervalText(cadence);
    case 'daily':
      return `at ${cadence.times.join(', ')}`;
    case 'cron':
      return cadence.expressions.map((expression) => `cron ${expression}`).join(' and ');
    case 'once':
      return `once at ${cadence.at.replace('.000Z', 'Z')}`;
  }
}

function intervalText({ seconds, offsetSeconds }: Extract<Cadence, { kind: 'interval' }>): string {
  const every = `every ${durationWords(seconds)}`.replace('every 1 ', 'every ');
  return offsetSeconds === 0 ? every : `${every}, ${durationWords(offsetSeconds)} past`;
}
