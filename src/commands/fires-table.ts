import type { PreviewedFire } from '../schedules/preview-job.ts';
import { textTable } from './text-table.ts';

const marks = {
  moved: 'moved: clocks are put forward over its time',
  repeated: 'skipped: clocks are put back, and its time comes a second time',
} as const;

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** Times at which a job is due, as its clocks show them and as they are. */
export function firesTable(fires: readonly PreviewedFire[], zone: string, width: number): string {
  if (zone === 'UTC')
    return textTable(
      [{ head: 'day' }, { head: zone }],
      fires.map(({ local }) => [weekday(local), withoutSeconds(local)]),
      width,
    );
  return textTable(
    [{ head: 'day' }, { head: zone }, { head: 'UTC' }, { head: 'clocks', shrinks: true }],
    fires.map(({ at, local, offset, mark }) => [
      weekday(local),
      `${withoutSeconds(local)} ${offset}`,
      withoutSeconds(at.slice(0, 19).replace('T', ' ')),
      mark === null ? '' : marks[mark],
    ]),
    width,
  );
}

function weekday(local: string): string {
  return weekdays[new Date(`${local.slice(0, 10)}T00:00:00Z`).getUTCDay()] ?? '';
}

function withoutSeconds(time: string): string {
  return time.replace(/:00$/, '');
}
