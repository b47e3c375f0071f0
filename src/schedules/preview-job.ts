import type { Cadence } from '../domain/job.ts';
import { offsetAt, offsetText, wallTime } from '../zones/zone-time.ts';
import { type Fire, firesFrom, isRepeated } from './fires.ts';
import { type Meeting, meetings } from './overlapping-fires.ts';
import { zoneOf } from './schedule-spec.ts';

/** A time at which a job is due, as clocks show it and as it is. */
export interface PreviewedFire {
  /** ISO 8601 in UTC. */
  readonly at: string;
  /** `2027-03-28 03:00:00` in the job's zone. */
  readonly local: string;
  /** `+02:00` */
  readonly offset: string;
  /** `moved`: to the end of the hour that clocks jump over. `repeated`: that hour comes twice, and this run ends at once. */
  readonly mark: Fire['mark'];
  /** As `meetings` tells it; null also where nobody knows how long runs take. */
  readonly overlap: Meeting | null;
}

/** The next times, computed by the rules that the schedule is made by; jitter is not in them. */
export function previewFires(
  cadences: readonly Cadence[],
  { from, count }: { readonly from: Date; readonly count: number },
): PreviewedFire[] {
  const zone = zoneOf(cadences);
  const fires: PreviewedFire[] = [];
  for (const { at, mark } of firesFrom(cadences, from.getTime())) {
    if (fires.length === count) break;
    fires.push({ ...clockOf(zone, at), mark, overlap: null });
  }
  return fires;
}

/** The same of times that are known already, such as a server's. */
export function previewTimes(
  cadences: readonly Cadence[],
  zone: string,
  times: readonly Date[],
): PreviewedFire[] {
  return times.map((time) => {
    const at = time.getTime();
    const mark = isRepeated(cadences, at) ? 'repeated' : isMoved(cadences, at);
    return { ...clockOf(zone, at), mark, overlap: null };
  });
}

/** The same, with what each meets; a run that comes twice ends at once, and is in nobody's way. */
export function withOverlaps(
  fires: readonly PreviewedFire[],
  usual: Parameters<typeof meetings>[1],
): PreviewedFire[] {
  const working = fires.filter(({ mark }) => mark !== 'repeated');
  const met = meetings(
    working.map(({ at }) => Date.parse(at)),
    usual,
  );
  return fires.map((fire) => ({ ...fire, overlap: met[working.indexOf(fire)] ?? null }));
}

function isMoved(cadences: readonly Cadence[], at: number): 'moved' | null {
  const next = firesFrom(cadences, at).next();
  return next.done !== true && next.value.at === at && next.value.mark === 'moved' ? 'moved' : null;
}

function clockOf(zone: string, at: number): Omit<PreviewedFire, 'mark' | 'overlap'> {
  const local = new Date(wallTime(zone, at)).toISOString();
  return {
    at: new Date(at).toISOString(),
    local: `${local.slice(0, 10)} ${local.slice(11, 19)}`,
    offset: offsetText(offsetAt(zone, at)),
  };
}
