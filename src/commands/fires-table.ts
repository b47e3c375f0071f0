import type { PreviewedFire } from '../schedules/preview-job.ts';
import { type TextColumn, textTable } from './text-table.ts';

const marks = {
  moved: 'moved: clocks are put forward over its time',
  repeated: 'skipped: clocks are put back, and its time comes a second time',
} as const;

/** Short: the other columns leave no more room. */
const overlaps = { skipped: 'skipped', queued: 'waits its turn', beside: 'side by side' } as const;

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** Times at which a job is due, as its clocks show them and as they are. */
export function firesTable(fires: readonly PreviewedFire[], zone: string, width: number): string {
  const isUtc = zone === 'UTC';
  const hasOverlaps = fires.some(({ overlap }) => overlap !== null);
  const columns: TextColumn[] = [
    { head: 'day' },
    { head: zone },
    ...(isUtc ? [] : [{ head: 'UTC' }, { head: 'clocks', shrinks: true as const }]),
    ...(hasOverlaps ? [{ head: 'overlap' }] : []),
  ];
  return textTable(
    columns,
    fires.map(({ at, local, offset, mark, overlap }) => [
      weekday(local),
      isUtc ? withoutSeconds(local) : `${withoutSeconds(local)} ${offset}`,
      ...(isUtc ? [] : [withoutSeconds(at.slice(0, 19).replace('T', ' ')), mark === null ? '' : marks[mark]]),
      ...(hasOverlaps ? [overlap === null ? '' : overlaps[overlap]] : []),
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
