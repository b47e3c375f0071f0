import type { ScheduleClient, ScheduleDescription } from '@temporalio/client';
import proto from '@temporalio/proto';

import type { Cadence } from '../domain/job.ts';
import { firesFrom } from './fires.ts';
import { unlessDeleted } from './job-not-found.ts';
import { type PreviewedFire, previewTimes } from './preview-job.ts';
import { readJob } from './read-jobs.ts';
import { never } from './schedule-spec.ts';
import { untilAnswered } from './schedule-store.ts';
import { specCadences, zoneOfSpec } from './spec-cadences.ts';

const { Timestamp } = proto.google.protobuf;

export interface TimeRange {
  /** Both belong to it. */
  readonly from: Date;
  readonly to: Date;
}

export interface Slots {
  /** In order, at most a thousand, which is all that the server lists. */
  readonly fires: readonly PreviewedFire[];
  /** When each of them is started, with the schedule's jitter. */
  readonly starts: readonly Date[];
}

const hourMs = 3_600_000;
const horizon = never - 1;
/** By the server, at once. */
const listedAtMost = 1000;

/** The slots of a job by the server's own reckoning. Throws JobNotFound. */
export async function slotsWithin(client: ScheduleClient, id: string, range: TimeRange): Promise<Slots> {
  const schedule = await readJob(client, id);
  const { spec } = schedule;
  const jitterMs = spec.jitter ?? 0;
  const until = new Date(range.to.getTime() + jitterMs);
  const starts = await matchingTimes(client, id, { from: range.from, to: until });
  const nominals = jitterMs === 0 ? starts : nominalsOf(specCadences(spec), starts, jitterMs);
  const slots = starts
    .map((start, index) => ({ start, nominal: nominals[index] ?? start }))
    .filter(({ nominal }) => nominal >= range.from && nominal <= range.to);
  const times = slots.map(({ nominal }) => nominal);
  return {
    fires: previewTimes(toldCadences(schedule), zoneOfSpec(spec), times),
    starts: slots.map(({ start }) => start),
  };
}

/** The first of them from a time on. Throws JobNotFound. */
export async function firstSlots(
  client: ScheduleClient,
  id: string,
  { from, count }: { readonly from: Date; readonly count: number },
): Promise<readonly PreviewedFire[]> {
  const found: PreviewedFire[] = [];
  let begin = from.getTime();
  for (let aheadMs = hourMs; ; aheadMs *= 8) {
    const end = Math.min(begin + aheadMs, horizon);
    const { fires } = await slotsWithin(client, id, { from: new Date(begin), to: new Date(end) });
    found.push(...fires);
    const isCut = fires.length >= listedAtMost;
    if (found.length >= count || (end === horizon && !isCut)) return found.slice(0, count);
    begin = (isCut ? Date.parse(fires.at(-1)?.at ?? '') : end) + 1;
  }
}

export function timestamp(time: Date): proto.google.protobuf.ITimestamp {
  const seconds = Math.floor(time.getTime() / 1000);
  return Timestamp.fromObject({ seconds, nanos: (time.getTime() - seconds * 1000) * 1e6 });
}

/** With the jitter of the schedule. */
async function matchingTimes(client: ScheduleClient, id: string, { from, to }: TimeRange): Promise<Date[]> {
  const request = {
    namespace: client.options.namespace,
    scheduleId: id,
    // Servers do not agree whether the first instant belongs to it.
    startTime: timestamp(new Date(from.getTime() - 1)),
    endTime: timestamp(to),
  };
  const { startTime } = await untilAnswered(client, () =>
    unlessDeleted(id, client.workflowService.listScheduleMatchingTimes(request)),
  );
  return startTime.map(({ seconds, nanos }) => new Date(Number(seconds) * 1000 + (nanos ?? 0) / 1e6));
}

/** What runs stand for that are started at these times, which are in order: no jitter reaches the next slot. */
function nominalsOf(cadences: readonly Cadence[], starts: readonly Date[], jitterMs: number): Date[] {
  const fires = firesFrom(cadences, (starts[0]?.getTime() ?? 0) - jitterMs);
  let next = fires.next();
  let nominal = 0;
  return starts.map((start) => {
    for (; next.done !== true && next.value.at <= start.getTime(); next = fires.next())
      nominal = next.value.at;
    return start.getTime() - nominal <= jitterMs ? new Date(nominal) : start;
  });
}

/** By which runs end at once in a repeated hour; those that are told none do not. */
function toldCadences({ action }: ScheduleDescription): readonly Cadence[] {
  const [input] = (action.args ?? []) as readonly ({ readonly cadences?: readonly Cadence[] } | null)[];
  return input?.cadences ?? [];
}
