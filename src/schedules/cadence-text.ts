import { durationWords } from '../domain/duration.ts';
import type { Cadence, JobDefinition } from '../domain/job.ts';
import { zoneOf } from './schedule-spec.ts';

const untimed = 'when somebody triggers it';

/** For people: `every hour and after sync, if it has loaded rows; waits 30 minutes for data of calls`. */
export function startsText(
  times: string,
  { chain, waitFor }: Pick<JobDefinition, 'chain' | 'waitFor'>,
): string {
  const after =
    chain === null ? [] : [`after ${chain.after}${chain.onlyIfRows ? ', if it has loaded rows' : ''}`];
  const due = [...(chain !== null && times === untimed ? [] : [times]), ...after].join(' and ');
  return waitFor === undefined
    ? due
    : `${due}; waits ${durationWords(waitFor.minutes * 60)} for data of ${waitFor.datasets.join(', ')}`;
}

/** For people: `every 60 minutes and at 09:05, 12:05 Europe/Berlin`. */
export function cadenceText(cadences: readonly Cadence[]): string {
  if (cadences.length === 0) return untimed;
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
